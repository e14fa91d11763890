/**
 * The memory of SYNs that were lost because of TCP Fast Open, and the policy about them. It knows
 * addresses and times, and no socket: {@link io.tfo.backoff.BackOff} is asked before a connect and
 * told what became of it.
 */
@NullMarked
package io.tfo.backoff;

import org.jspecify.annotations.NullMarked;
