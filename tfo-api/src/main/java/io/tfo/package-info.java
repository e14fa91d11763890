/**
 * TCP Fast Open (RFC 7413) for the JDK's own channels: connector, listener, outcome, capability,
 * and the installed backends.
 *
 * <p>The first bytes of a connection travel in its SYN, which saves one round trip. {@link
 * io.tfo.FastOpenConnector} sends them, {@link io.tfo.FastOpenListener} accepts them, {@link
 * io.tfo.FastOpenOutcome} tells what happened on a connection, and {@link io.tfo.FastOpenBackends}
 * tells what this machine supports.
 *
 * <p><strong>SYN data may reach the server twice</strong> (RFC 7413, section 2.1): it must be
 * idempotent.
 */
@NullMarked
package io.tfo;

import org.jspecify.annotations.NullMarked;
