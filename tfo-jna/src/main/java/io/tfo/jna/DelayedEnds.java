package io.tfo.jna;

import io.tfo.timer.DaemonTimer;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Closes and shutdowns that wait for the answer to a SYN, because the kernel would discard the
 * connection with all that was written. Their number and their time are limited, and the JVM's
 * ordinary end waits for them.
 */
class DelayedEnds {
  private static final int MOST = 500;

  /** Long enough for a SYN that is sent a fourth time, 7 seconds after the first. */
  static final Duration LONGEST = Duration.ofSeconds(10);

  /** Long enough for a SYN that is sent a second time, one second after the first. */
  private static final Duration LONGEST_AT_EXIT = Duration.ofSeconds(2);

  private static final Duration BETWEEN_CHECKS = Duration.ofMillis(10);

  private final Queue<Delayed> oldestFirst = new ConcurrentLinkedQueue<>();

  /** How many wait for their answers. Guarded by this object's monitor. */
  private int waiting;

  private boolean isScheduled;
  private @Nullable Thread exit;

  /** Whether the JVM is ending. A shutdown hook of the program may still close a channel. */
  private boolean isExiting;

  /** Until when the JVM's end waits, by {@link System#nanoTime}. */
  private long exitDeadline;

  /** A connection that ends later. */
  interface Ending {
    /**
     * Ends the connection, if the SYN is answered by now and no other thread uses the connection.
     * Never waits. Two threads may call it at once.
     *
     * @param end what was given to {@link #add}
     * @param isGivenUp whether not to wait for the answer any longer
     * @return whether that is done
     */
    boolean tryEnd(String end, boolean isGivenUp);
  }

  private static final class Delayed {
    private final Ending connect;
    private final String end;
    private final long since = System.nanoTime();

    /** Set with the monitor. */
    private volatile boolean isGivenUp;

    Delayed(Ending connect, String end) {
      this.connect = connect;
      this.end = end;
    }

    boolean tryEnd() {
      return connect.tryEnd(end, isGivenUp || System.nanoTime() - since > LONGEST.toNanos());
    }
  }

  /**
   * Delays a close or a shutdown of a connection. Waits for it here where no other thread does: the
   * JVM is ending, or the process can have no further thread.
   */
  void add(Ending connect, String end) {
    Delayed oldest = null;
    boolean isLeftToTimer;
    boolean isLeftToExit;
    synchronized (this) {
      oldestFirst.add(new Delayed(connect, end));
      waiting++;
      if (waiting > MOST) {
        oldest = giveUpOldest();
      }
      isLeftToTimer = schedule();
      isLeftToExit = awaitAtExit();
    }
    if (oldest != null) {
      tryEnd(oldest); // else the timer does: it uses the connection just now
    }
    if (!isLeftToTimer) {
      awaitAll(System.nanoTime() + LONGEST_AT_EXIT.toNanos());
      giveUpAll();
    } else if (!isLeftToExit) {
      awaitAtExitNow();
    }
  }

  /** With the monitor. */
  private @Nullable Delayed giveUpOldest() {
    for (Delayed each : oldestFirst) {
      if (!each.isGivenUp) {
        giveUp(each);
        return each;
      }
    }
    return null;
  }

  private void giveUpAll() {
    for (Delayed each : oldestFirst) {
      giveUp(each);
    }
    tryAll();
  }

  private synchronized void giveUp(Delayed end) {
    if (!end.isGivenUp) {
      end.isGivenUp = true;
      waiting--;
    }
  }

  /** Returns false if the process can have no further thread. With the monitor. */
  private boolean schedule() {
    try {
      if (!isScheduled) {
        runLater(this::check);
        isScheduled = true;
      }
      return true;
    } catch (OutOfMemoryError e) { // the JDK's words for it
      return false;
    }
  }

  /** Overridden by tests. */
  void runLater(Runnable check) {
    DaemonTimer.run(check, BETWEEN_CHECKS);
  }

  /** Returns false if the JVM is ending already. With the monitor. */
  private boolean awaitAtExit() {
    if (exit == null && !isExiting) {
      exit = new Thread(null, this::awaitAtExitNow, "io.tfo exit", 0, false);
      return atExit(exit);
    }
    return !isExiting;
  }

  private void tryEnd(Delayed end) {
    if (end.tryEnd() && oldestFirst.remove(end)) {
      removed(end);
    }
  }

  private synchronized void removed(Delayed end) {
    giveUp(end); // it waits no longer
    Thread thread = exit;
    if (oldestFirst.isEmpty() && thread != null) {
      exit = null;
      noLongerAtExit(thread);
    }
  }

  private void check() {
    try {
      tryAll();
    } finally { // also where one fails
      synchronized (this) {
        isScheduled = false;
        if (!oldestFirst.isEmpty()) {
          boolean unused = schedule(); // the timer has its thread: this one
        }
      }
    }
  }

  private void tryAll() {
    oldestFirst.forEach(this::tryEnd);
  }

  /** A program may write, close and end: what it wrote must leave before the process is gone. */
  private void awaitAtExitNow() {
    long deadline;
    synchronized (this) {
      if (!isExiting) {
        isExiting = true;
        exitDeadline = System.nanoTime() + LONGEST_AT_EXIT.toNanos();
      }
      deadline = exitDeadline;
    }
    awaitAll(deadline);
  }

  private void awaitAll(long deadline) {
    await(this::isLeft, BETWEEN_CHECKS, Duration.ofNanos(deadline - System.nanoTime()));
  }

  private boolean isLeft() {
    tryAll();
    return !oldestFirst.isEmpty();
  }

  /** Waits for the answer of a connection that cannot be ended later, such as at the JVM's end. */
  static void awaitNow(BooleanSupplier isPending) {
    await(isPending, BETWEEN_CHECKS, LONGEST_AT_EXIT);
  }

  /** Waits as long as a connection is pending. An interrupt does not end it. */
  static void await(BooleanSupplier isPending, Duration betweenChecks, Duration most) {
    long start = System.nanoTime();
    boolean interrupted = false;
    while (isPending.getAsBoolean() && System.nanoTime() - start < most.toNanos()) {
      LockSupport.parkNanos(betweenChecks.toNanos());
      interrupted |= Thread.interrupted();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns false if the JVM is ending already. */
  @SuppressWarnings("removal")
  private static boolean atExit(Thread thread) {
    try {
      AccessController.doPrivileged(
          (PrivilegedAction<@Nullable Void>)
              () -> {
                Runtime.getRuntime().addShutdownHook(thread);
                return null;
              });
      return true;
    } catch (IllegalStateException e) {
      return false;
    }
  }

  @SuppressWarnings("removal")
  private static void noLongerAtExit(Thread thread) {
    try {
      AccessController.doPrivileged(
          (PrivilegedAction<Boolean>) () -> Runtime.getRuntime().removeShutdownHook(thread));
    } catch (IllegalStateException e) {
      // The JVM is ending: the thread runs.
    }
  }
}
