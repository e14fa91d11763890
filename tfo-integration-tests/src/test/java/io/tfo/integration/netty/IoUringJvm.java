package io.tfo.integration.netty;

/** A JVM that finds the library of Netty's io_uring transport, and not that of epoll. */
final class IoUringJvm extends NativeTransportJvm {
  IoUringJvm() {
    super("target/netty-io_uring/META-INF/native");
  }
}
