package io.tfo.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/**
 * A port that is taken, and where nobody listens: a connect is refused, and cannot by chance be
 * given the same port and meet itself.
 */
final class RefusingPort implements AutoCloseable {
  private final SocketChannel bound = SocketChannel.open();

  RefusingPort(InetAddress host) throws IOException {
    bound.bind(new InetSocketAddress(host, 0));
  }

  RefusingPort() throws IOException {
    this(InetAddress.getLoopbackAddress());
  }

  InetSocketAddress address() throws IOException {
    return (InetSocketAddress) bound.getLocalAddress();
  }

  @Override
  public void close() throws IOException {
    bound.close();
  }
}
