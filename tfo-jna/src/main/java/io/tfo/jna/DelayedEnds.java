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

  /** Between the checks of an end at first: about the round trip in a data centre. */
  private static final Duration SHORTEST_PAUSE = Duration.ofNanos(250_000);

  private static final Duration LONGEST_PAUSE = Duration.ofMillis(10);

  private final Queue<Delayed> oldestFirst = new ConcurrentLinkedQueue<>();

  /** How many wait for their answers. Guarded by this object's monitor. */
  private int waiting;

  /** The next check, or the present one; null while nothing is delayed. Guarded by the monitor. */
  private @Nullable Check next;

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

    /** When the timer tries it next. Set by the timer's thread, as the slack is. */
    private volatile long nextCheck = since + SHORTEST_PAUSE.toNanos();

    /** How long before that a check of others serves it, too. */
    private long slack;

    /** Set with the monitor. */
    private volatile boolean isGivenUp;

    Delayed(Ending connect, String end) {
      this.connect = connect;
      this.end = end;
    }

    /** Whether the timer is to try it; then plans the next time. */
    boolean isDue(long now) {
      boolean isDue = nextCheck - now <= slack;
      if (isDue) {
        long pause = pause(now - since, LONGEST_PAUSE);
        nextCheck = now + pause;
        slack = pause / 2;
      }
      return isDue;
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
      Delayed newest = new Delayed(connect, end);
      oldestFirst.add(newest);
      waiting++;
      if (waiting > MOST) {
        oldest = giveUpOldest();
      }
      isLeftToTimer = schedule(newest.nextCheck);
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
  private boolean schedule(long at) {
    try {
      Check planned = next;
      if (planned == null || at - planned.at < 0) {
        Check earlier = new Check(at);
        runLater(earlier, Duration.ofNanos(at - System.nanoTime()));
        next = earlier;
      }
      return true;
    } catch (OutOfMemoryError e) { // the JDK's words for it
      return false;
    }
  }

  /** Overridden by tests. */
  void runLater(Runnable check, Duration delay) {
    DaemonTimer.run(check, delay);
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
    boolean isEnded;
    try {
      isEnded = end.tryEnd();
    } catch (RuntimeException | Error e) {
      return; // such as where no thread can be created: it is tried again, and so are the others
    }
    if (isEnded && oldestFirst.remove(end)) {
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

  /** Tries what is due. Ignored where an earlier check was planned afterwards. */
  private final class Check implements Runnable {
    final long at;

    Check(long at) {
      this.at = at;
    }

    @Override
    public void run() {
      if (!isNext(this)) {
        return;
      }
      long now = System.nanoTime();
      for (Delayed each : oldestFirst) {
        if (each.isDue(now)) {
          tryEnd(each);
        }
      }
      planNext();
    }
  }

  private synchronized boolean isNext(Check check) {
    return next == check;
  }

  private synchronized void planNext() {
    next = null;
    Delayed first = null;
    for (Delayed each : oldestFirst) {
      first = first == null || each.nextCheck - first.nextCheck < 0 ? each : first;
    }
    boolean unused = first == null || schedule(first.nextCheck); // the timer has its thread: this
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
    await(this::isLeft, LONGEST_PAUSE, Duration.ofNanos(deadline - System.nanoTime()));
  }

  private boolean isLeft() {
    tryAll();
    return !oldestFirst.isEmpty();
  }

  /** Waits for the answer of a connection that cannot be ended later, such as at the JVM's end. */
  static void awaitNow(BooleanSupplier isPending) {
    await(isPending, LONGEST_PAUSE, LONGEST_AT_EXIT);
  }

  /** Waits as long as a connection is pending. An interrupt does not end it. */
  static void await(BooleanSupplier isPending, Duration longestPause, Duration most) {
    long start = System.nanoTime();
    long waited = 0;
    boolean interrupted = false;
    while (isPending.getAsBoolean() && waited < most.toNanos()) {
      LockSupport.parkNanos(pause(waited, longestPause));
      interrupted |= Thread.interrupted();
      waited = System.nanoTime() - start;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * The time to the next check, in nanoseconds. It grows with the wait, so that an end comes not
   * much later than the answer, and one whose answer takes long is not checked too often.
   */
  private static long pause(long waited, Duration longest) {
    return Math.max(SHORTEST_PAUSE.toNanos(), Math.min(waited / 4, longest.toNanos()));
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
