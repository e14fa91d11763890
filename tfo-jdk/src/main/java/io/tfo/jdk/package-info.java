/**
 * Access to the JDK's channels and sockets. {@link io.tfo.jdk.JdkChannels} and {@link
 * io.tfo.jdk.JdkSockets} find the private members that a connect needs, and try them on a real
 * object; {@link io.tfo.jdk.DeferringChannelClass} and {@link io.tfo.jdk.DeferringSocketClass} put
 * a class of this library beside the JDK's. Nothing here knows what TCP Fast Open is.
 */
@NullMarked
package io.tfo.jdk;

import org.jspecify.annotations.NullMarked;
