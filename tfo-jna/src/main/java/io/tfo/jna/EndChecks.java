package io.tfo.jna;

import java.time.Duration;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tries delayed ends on the timer's thread. One task of the timer serves them all: it runs when the
 * first of them is due, and is planned anew while any is left.
 */
final class EndChecks {
  private final DelayedEnds ends;
  private final BiConsumer<Runnable, Duration> timer;

  /** The next check, or the present one; null while nothing is delayed. Guarded by the monitor. */
  private @Nullable Check next;

  /**
   * Creates checks, of which none is planned yet.
   *
   * @param timer as in {@link DelayedEnds#DelayedEnds(BiConsumer)}
   */
  EndChecks(DelayedEnds ends, BiConsumer<Runnable, Duration> timer) {
    this.ends = ends;
    this.timer = timer;
  }

  /**
   * Plans a check, unless an earlier one is planned.
   *
   * @param at when, by {@link System#nanoTime}
   * @return false if the process can create no more threads
   */
  synchronized boolean plan(long at) {
    try {
      Check planned = next;
      if (planned == null || at - planned.at < 0) {
        Check earlier = new Check(at);
        timer.accept(earlier, Duration.ofNanos(at - System.nanoTime()));
        next = earlier;
      }
      return true;
    } catch (OutOfMemoryError e) { // no thread can be created
      return false;
    }
  }

  private synchronized boolean isNext(Check check) {
    return next == check;
  }

  private synchronized void planNext() {
    next = null;
    DelayedEnd first = ends.firstDue();
    boolean unused = first == null || plan(first.nextCheck()); // the timer has its thread: this
  }

  /** Tries the ends that are due. Ignored if an earlier check was planned afterwards. */
  private final class Check implements Runnable {
    final long at;

    Check(long at) {
      this.at = at;
    }

    @Override
    public void run() {
      if (isNext(this)) {
        ends.tryDue(System.nanoTime());
        planNext();
      }
    }
  }
}
