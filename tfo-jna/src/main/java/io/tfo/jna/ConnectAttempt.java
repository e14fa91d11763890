package io.tfo.jna;

import java.net.InetSocketAddress;

/**
 * A connect whose SYN is ours.
 *
 * @param nanoTime when it began, by the clock of the {@link BackOff}
 */
record ConnectAttempt(
    NativeTcp tcp, JdkChannels jdk, InetSocketAddress destination, long nanoTime) {}
