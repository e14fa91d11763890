package io.tfo.test;

import java.nio.channels.SocketChannel;
import java.util.function.BooleanSupplier;

/** Waits until another thread connects a channel. */
public final class Connecting {
  private Connecting() {}

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
}
