package io.tfo.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A listener on the loopback interface whose accept queue is full. The kernel drops further SYNs,
 * so a connect to it waits until its timeout.
 */
public final class FullListener implements AutoCloseable {
  private static final int MOST_QUEUED = 16;

  /**
   * The timeout of a connect: longer than a loopback handshake, shorter than a SYN's first timeout.
   */
  private static final int MILLIS = 300;

  private final ServerSocketChannel listener = ServerSocketChannel.open();
  private final List<Socket> queued = new ArrayList<>();

  /**
   * Listens, and fills the queue by connects of its own.
   *
   * @throws IllegalStateException if the kernel answers 16 connects, though the backlog is 1
   * @throws IOException if the kernel cannot listen
   */
  public FullListener() throws IOException {
    try {
      listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
      while (isAnswered()) {
        if (queued.size() == MOST_QUEUED) {
          throw new IllegalStateException("a listener with a full queue still answers here");
        }
      }
    } catch (IOException | RuntimeException e) {
      close();
      throw e;
    }
  }

  private boolean isAnswered() throws IOException {
    Socket socket = new Socket();
    queued.add(socket);
    try {
      socket.connect(listener.getLocalAddress(), MILLIS);
      return true;
    } catch (SocketTimeoutException full) {
      return false;
    }
  }

  /**
   * Returns the address that does not answer.
   *
   * @return an address on the loopback interface
   * @throws IOException if the listener is closed
   */
  public InetSocketAddress address() throws IOException {
    return (InetSocketAddress) listener.getLocalAddress();
  }

  /** Closes the listener and the connections in its queue. */
  @Override
  public void close() throws IOException {
    for (Socket socket : queued) {
      socket.close();
    }
    listener.close();
  }
}
