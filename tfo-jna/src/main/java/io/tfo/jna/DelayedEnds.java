package io.tfo.jna;

import io.tfo.timer.DaemonTimer;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Closes and shutdowns that wait for the answer to a SYN, because the kernel would otherwise
 * discard the connection with all that was written. Their number and their time are limited. An
 * orderly JVM shutdown waits for them.
 */
final class DelayedEnds {
  private static final int MOST = 500;

  /** Long enough for a SYN that is sent a second time, one second after the first. */
  private static final Duration LONGEST_AT_EXIT = Duration.ofSeconds(2);

  private final Queue<DelayedEnd> oldestFirst = new ConcurrentLinkedQueue<>();
  private final EndChecks checks;

  /** The number of ends that wait for their answers. Guarded by this object's monitor. */
  private int waiting;

  private @Nullable Thread exit;

  /** Whether the JVM is ending. A shutdown hook of the program may still close a channel. */
  private boolean isExiting;

  /** Until when the JVM's shutdown waits, by {@link System#nanoTime}. */
  private long exitDeadline;

  /** A connection that ends later. */
  interface Ending {
    /**
     * Ends the connection, if the SYN is answered by now and no other thread uses the connection.
     * Never waits. Two threads may call it at once.
     *
     * @param end what was given to {@link #add}
     * @param isGivenUp whether not to wait for the answer any longer
     * @return whether the connection is ended
     */
    boolean tryEnd(String end, boolean isGivenUp);
  }

  /** Creates ends that the timer of the library tries. */
  DelayedEnds() {
    this(
        new BiConsumer<>() { // no method reference: the first connect waits for this
          @Override
          public void accept(Runnable task, Duration delay) {
            DaemonTimer.run(task, delay);
          }
        });
  }

  /**
   * Creates ends that a timer tries.
   *
   * @param timer runs a task once after a delay, or throws the {@code OutOfMemoryError} of a
   *     process that can create no more threads
   */
  DelayedEnds(BiConsumer<Runnable, Duration> timer) {
    checks = new EndChecks(this, timer);
  }

  /**
   * Delays a close or a shutdown of a connection. If no other thread can wait for it, this one
   * does: when the JVM is shutting down, or the process can create no more threads.
   */
  void add(Ending connect, String end) {
    DelayedEnd oldest = null;
    boolean isLeftToTimer;
    boolean isLeftToExit;
    synchronized (this) {
      DelayedEnd newest = new DelayedEnd(connect, end);
      oldestFirst.add(newest);
      waiting++;
      if (waiting > MOST) {
        oldest = giveUpOldest();
      }
      isLeftToTimer = checks.plan(newest.nextCheck());
      isLeftToExit = awaitAtExit();
    }
    if (oldest != null) {
      tryEnd(oldest); // if not, the timer does, which is using the connection now
    }
    if (!isLeftToTimer) {
      awaitAll(System.nanoTime() + LONGEST_AT_EXIT.toNanos());
      giveUpAll();
    } else if (!isLeftToExit) {
      awaitAtExitNow();
    }
  }

  /** Gives up the oldest end that still waits for its answer. Called with the monitor held. */
  private @Nullable DelayedEnd giveUpOldest() {
    for (DelayedEnd each : oldestFirst) {
      if (!each.isGivenUp) {
        giveUp(each);
        return each;
      }
    }
    return null;
  }

  private void giveUpAll() {
    for (DelayedEnd each : oldestFirst) {
      giveUp(each);
    }
    tryAll();
  }

  private synchronized void giveUp(DelayedEnd end) {
    if (!end.isGivenUp) {
      end.isGivenUp = true;
      waiting--;
    }
  }

  /** Returns false if the JVM is ending already. With the monitor. */
  private boolean awaitAtExit() {
    if (exit == null && !isExiting) {
      exit = new Thread(null, this::awaitAtExitNow, "io.tfo exit", 0, false);
      return atExit(exit);
    }
    return !isExiting;
  }

  private void tryEnd(DelayedEnd end) {
    boolean isEnded;
    try {
      isEnded = end.tryEnd();
    } catch (RuntimeException | Error e) {
      return; // for example no thread can be created: this end and the others are tried again
    }
    if (isEnded && oldestFirst.remove(end)) {
      removed(end);
    }
  }

  private synchronized void removed(DelayedEnd end) {
    giveUp(end); // so that it waits no longer
    Thread thread = exit;
    if (oldestFirst.isEmpty() && thread != null) {
      exit = null;
      noLongerAtExit(thread);
    }
  }

  /** Tries those that are due. */
  void tryDue(long now) {
    for (DelayedEnd each : oldestFirst) {
      if (each.isDue(now)) {
        tryEnd(each);
      }
    }
  }

  /** The end that is due first; null if none is left. */
  @Nullable DelayedEnd firstDue() {
    DelayedEnd first = null;
    for (DelayedEnd each : oldestFirst) {
      first = first == null || each.nextCheck() - first.nextCheck() < 0 ? each : first;
    }
    return first;
  }

  private void tryAll() {
    oldestFirst.forEach(this::tryEnd);
  }

  /**
   * Waits at the JVM's shutdown: a program may write, close and end, and its data must be sent
   * before the process ends.
   */
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
    Polling.await(
        this::isLeft, DelayedEnd.LONGEST_PAUSE, Duration.ofNanos(deadline - System.nanoTime()));
  }

  private boolean isLeft() {
    tryAll();
    return !oldestFirst.isEmpty();
  }

  /**
   * Waits for the answer of a connection that cannot be ended later, such as at the JVM's shutdown.
   */
  static void awaitNow(BooleanSupplier isPending) {
    Polling.await(isPending, DelayedEnd.LONGEST_PAUSE, LONGEST_AT_EXIT);
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
