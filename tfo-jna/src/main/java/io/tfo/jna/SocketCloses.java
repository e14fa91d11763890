package io.tfo.jna;

import io.tfo.timer.DaemonTimer;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;

/**
 * Closes that wait for a handshake, each on a thread of its own. So the thread of the program does
 * not wait under the locks of its {@code Socket}, for which others would wait, and to which a
 * virtual thread would be pinned.
 */
final class SocketCloses {
  /** The most threads that wait to close. */
  private static final int MOST = 32;

  private static final AtomicInteger COUNT = new AtomicInteger();

  /** The JVM's ordinary end waits for these closes. */
  private static final DelayedEnds UNTIL_EXIT = new DelayedEnds();

  private SocketCloses() {}

  /**
   * Has another thread close a socket.
   *
   * @param close closes it
   * @param isClosed whether it is closed
   * @return false if there are too many such threads, or there can be no more
   */
  static boolean later(Runnable close, BooleanSupplier isClosed) {
    boolean isStarted = false;
    try {
      if (COUNT.incrementAndGet() <= MOST) {
        UNTIL_EXIT.add((end, isGivenUp) -> isGivenUp || isClosed.getAsBoolean(), "close");
        DaemonTimer.start(() -> run(close));
        isStarted = true;
      }
    } catch (OutOfMemoryError e) { // the JDK's words for it: no further thread
      return false;
    } finally {
      if (!isStarted) {
        COUNT.decrementAndGet();
      }
    }
    return isStarted;
  }

  private static void run(Runnable close) {
    try {
      close.run();
    } finally {
      COUNT.decrementAndGet();
    }
  }
}
