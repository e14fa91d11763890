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
import java.util.function.BooleanSupplier;

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
    await(channel::isConnectionPending, channel);
  }

  /**
   * Waits until a thread waits in a native call of the JDK's for the channel to be connected.
   * Before JDK 23 an interrupt is lost if it comes as that wait begins (JDK-8323782).
   */
  public static void awaitWaiting(SocketChannel channel, Thread connecting) {
    await(() -> channel.isConnectionPending() && isInNative(connecting), channel);
  }

  private static boolean isInNative(Thread thread) {
    StackTraceElement[] stack = thread.getStackTrace();
    return stack.length > 0 && stack[0].getClassName().equals("sun.nio.ch.Net");
  }

  private static void await(BooleanSupplier condition, SocketChannel channel) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
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
