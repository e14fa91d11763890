/**
 * The base of all backends that call their system through JNA. A backend extends {@link
 * io.tfo.jna.JnaBackend} and implements {@link io.tfo.jna.NativeTcp}, which sends the SYN; the
 * channel is the JDK's, and everything else of a connect is done here.
 *
 * <p>Connects use no {@code Pointer}, {@code Memory} or {@code Structure} of JNA: those read their
 * fields through JNI's fast accessors, which return stale values under ZGC.
 */
@NullMarked
package io.tfo.jna;

import org.jspecify.annotations.NullMarked;
