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

/** A listener on loopback whose queue is full: its kernel drops further SYNs, so connects wait. */
public final class FullListener implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final List<Socket> queued = new ArrayList<>();

  public FullListener() throws IOException {
    listener =
        ServerSocketChannel.open()
            .bind(new InetSocketAddress(OneConnectionServer.loopback(), 0), 1);
    while (oneMoreIsTaken()) {
      if (queued.size() > 20) {
        throw new IOException("the queue of " + listener + " does not fill");
      }
    }
  }

  private boolean oneMoreIsTaken() throws IOException {
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

  /** Waits until somebody connects the channel. */
  public static void awaitPending(SocketChannel channel) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!channel.isConnectionPending()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("nobody connects " + channel);
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
