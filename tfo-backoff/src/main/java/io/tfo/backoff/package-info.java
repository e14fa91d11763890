/**
 * The back-off after SYNs that were lost because of TCP Fast Open. It uses addresses and times, and
 * no socket: {@link io.tfo.backoff.BackOff} is asked before a connect, and told its result.
 */
@NullMarked
package io.tfo.backoff;

import org.jspecify.annotations.NullMarked;
