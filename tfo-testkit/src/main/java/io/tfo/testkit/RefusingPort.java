package io.tfo.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;

/**
 * A port that is bound but does not listen, so that every connect to it is refused. If a port were
 * only free, the system could choose it for the connecting socket, which would then connect to
 * itself.
 */
public final class RefusingPort implements AutoCloseable {
  private final SocketChannel bound = SocketChannel.open();

  /**
   * Binds a port.
   *
   * @param host an address of the calling thread's host
   * @throws IOException if that host has no such address
   */
  public RefusingPort(InetAddress host) throws IOException {
    bound.bind(new InetSocketAddress(host, 0));
  }

  /**
   * Binds a port of the loopback interface.
   *
   * @throws IOException if there is no loopback interface
   */
  public RefusingPort() throws IOException {
    this(InetAddress.getLoopbackAddress());
  }

  /**
   * Returns the address that refuses.
   *
   * @return the address and the port
   * @throws IOException if the port is closed
   */
  public InetSocketAddress address() throws IOException {
    return (InetSocketAddress) bound.getLocalAddress();
  }

  /** Releases the port. */
  @Override
  public void close() throws IOException {
    bound.close();
  }
}
