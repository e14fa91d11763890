package io.tfo.integration.netty;

/**
 * A JVM that finds the library of Netty's epoll transport. It is not on the class path, since many
 * programs that use Netty would no longer use NIO.
 */
public final class EpollJvm extends NativeTransportJvm {
  public EpollJvm() {
    super("target/netty-epoll/META-INF/native");
  }
}
