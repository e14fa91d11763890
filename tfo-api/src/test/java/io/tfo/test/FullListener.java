package io.tfo.test;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A listener on loopback whose accept queue is full: the kernel drops further SYNs, so connects to
 * it stay pending.
 */
public final class FullListener implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final List<Socket> queued = new ArrayList<>();

  public FullListener() throws IOException {
    listener =
        ServerSocketChannel.open()
            .bind(new InetSocketAddress(OneConnectionServer.loopback(), 0), 1);
    while (connectsOneMore()) {
      if (queued.size() > 20) {
        throw new IOException("the queue of " + listener + " does not fill");
      }
    }
  }

  private boolean connectsOneMore() throws IOException {
    Socket socket = new Socket();
    queued.add(socket);
    try {
      socket.connect(address(), 500);
      return true;
    } catch (SocketTimeoutException full) {
      return false;
    }
  }

  public SocketAddress address() throws IOException {
    return listener.getLocalAddress();
  }

  /** Waits until another thread has started to connect the channel. */
  public static void awaitPending(SocketChannel channel) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!channel.isConnectionPending()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("no thread connects " + channel);
      }
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() throws IOException {
    for (Socket socket : queued) {
      socket.close();
    }
    listener.close();
  }
}
