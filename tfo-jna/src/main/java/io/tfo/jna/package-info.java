/**
 * What all backends share: the way into a JDK channel, and everything of a connect that is the same
 * on every system.
 *
 * <p>The SYN is the backend's ({@link io.tfo.jna.NativeTcp}); the channel is the JDK's. No {@code
 * Pointer}, {@code Memory} or {@code Structure} of JNA is used: those read their fields through
 * JNI's fast accessors, which return stale values under ZGC.
 */
@NullMarked
package io.tfo.jna;

import org.jspecify.annotations.NullMarked;
