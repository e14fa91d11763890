package sun.nio.ch;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.BiConsumer;

/**
 * The JDK's listener, which reports its bind and the connections that it accepts. It is in the
 * JDK's package, as {@code DeferringSocketChannel} is: {@code io.tfo.jdk.ObservedListenerClass}
 * defines it there.
 */
final class ObservedServerSocketChannel extends ServerSocketChannelImpl {
  private final BiConsumer<ServerSocketChannel, SocketChannel> observer;

  /**
   * Called by {@code io.tfo.jdk.ObservedListenerClass}.
   *
   * @param family the family, or null for the JDK's default
   * @param observer called after the bind, with null, and with each accepted channel before the
   *     program gets it; throws nothing
   */
  ObservedServerSocketChannel(
      SelectorProvider provider,
      ProtocolFamily family,
      BiConsumer<ServerSocketChannel, SocketChannel> observer)
      throws IOException {
    super(provider, family == null ? byDefault() : family);
    this.observer = observer;
  }

  private static ProtocolFamily byDefault() {
    return Net.isIPv6Available() ? StandardProtocolFamily.INET6 : StandardProtocolFamily.INET;
  }

  /** Also called by its {@code socket()}. */
  @Override
  public ServerSocketChannel bind(SocketAddress local, int backlog) throws IOException {
    super.bind(local, backlog);
    observer.accept(this, null);
    return this;
  }

  @Override
  public SocketChannel accept() throws IOException {
    return observed(super.accept());
  }

  /** Called by its {@code socket()}, if that has a timeout. */
  @Override
  SocketChannel blockingAccept(long nanos) throws IOException {
    return observed(super.blockingAccept(nanos));
  }

  private SocketChannel observed(SocketChannel accepted) {
    if (accepted != null) {
      observer.accept(this, accepted);
    }
    return accepted;
  }

  /** Returns the text of the JDK's own listener, with the name of the JDK's class. */
  @Override
  public String toString() {
    String text = super.toString();
    return ServerSocketChannelImpl.class.getName() + text.substring(text.indexOf('['));
  }
}
