package io.tfo.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/**
 * A port that is taken, and where nobody listens: a connect is refused, and cannot by chance be
 * given the same port and meet itself.
 */
public final class RefusingPort implements AutoCloseable {
  private final SocketChannel bound = SocketChannel.open();

  public RefusingPort(InetAddress host) throws IOException {
    bound.bind(new InetSocketAddress(host, 0));
  }

  public RefusingPort() throws IOException {
    this(InetAddress.getLoopbackAddress());
  }

  public InetSocketAddress address() throws IOException {
    return (InetSocketAddress) bound.getLocalAddress();
  }

  @Override
  public void close() throws IOException {
    bound.close();
  }
}
