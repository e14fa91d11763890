package io.tfo.timer;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ends waits, such as those of connects, at their deadlines. Most waits are over long before. All
 * share one task of the timer. To add a wait is a compare-and-set, unless its deadline is before
 * the next run. To end a wait costs nothing: the next run drops it. The task runs at the earliest
 * deadline, and at least twice a second, or each {@code precision} if that is longer.
 *
 * @param <T> the type of the waits. A wait has a field for its link: a queue would allocate a node
 *     for each wait
 */
public final class Deadlines<T extends Deadlines.Waiting<T>> {
  /** A wait that is over is kept for this long at most, or for the precision if that is longer. */
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

  /**
   * The least ratio of the pause after a run to the time of the run, which looks at all waits. The
   * pause is shorter if a wait with an earlier deadline is added.
   */
  private static final int PAUSE = 10;

  private final long precision;
  private final Consumer<T> expired;
  private final Timer timer;

  /** The waits that were added since the last run, the newest first. */
  private final AtomicReference<@Nullable T> added = new AtomicReference<>();

  /** The next run, or the present one. None while nothing is watched. */
  private final AtomicReference<@Nullable Run> next = new AtomicReference<>();

  /**
   * The waits that were added before the last run, the oldest first. Only the timer's thread uses
   * this field and the next one.
   */
  private @Nullable T first;

  private @Nullable T last;

  /** Runs tasks on a thread. */
  interface Timer {
    /** Whether there is a thread, or one could be created now. It stays while a task is planned. */
    boolean hasThread();

    /** Runs a task once after a time. */
    void run(Runnable task, Duration delay);
  }

  /** The timer of the library. */
  private static final Timer DAEMON =
      new Timer() {
        @Override
        public boolean hasThread() {
          return DaemonTimer.hasThread();
        }

        @Override
        public void run(Runnable task, Duration delay) {
          DaemonTimer.run(task, delay);
        }
      };

  /**
   * A wait. It is in one {@code Deadlines} at a time, and only once.
   *
   * @param <T> its own type
   */
  public interface Waiting<T> {
    /**
     * Returns until when it may wait. This does not change while it is watched.
     *
     * @return the time by {@link System#nanoTime}
     */
    long deadline();

    /**
     * Returns whether the wait is over.
     *
     * @return whether nothing is to be done at its deadline
     */
    boolean waitsNoLonger();

    /**
     * Returns what {@link #setNext} has set last.
     *
     * @return the next one in a list
     */
    @Nullable T next();

    /**
     * Sets the next one.
     *
     * @param next the next one in a list
     */
    void setNext(@Nullable T next);
  }

  /**
   * Creates an object that watches no wait.
   *
   * @param precision how late a deadline may be noticed
   * @param expired called once with each wait that is not over at its deadline, on the timer's
   *     thread; it must not block
   */
  public Deadlines(Duration precision, Consumer<T> expired) {
    this(precision, expired, DAEMON);
  }

  /** The same over another timer. */
  Deadlines(Duration precision, Consumer<T> expired, Timer timer) {
    this.precision = precision.toNanos();
    this.expired = expired;
    this.timer = timer;
  }

  /**
   * Begins to watch a wait.
   *
   * @param waiting the wait
   * @return false if it is not watched, because the process can create no more threads
   */
  public boolean add(T waiting) {
    // This comes first: other callers would rely on a run that is planned here and has no thread.
    if (next.get() == null && !timer.hasThread()) {
      return false;
    }
    T before;
    do {
      before = added.get();
      waiting.setNext(before);
    } while (!added.compareAndSet(before, waiting));
    plan(waiting.deadline());
    return true;
  }

  /** Plans a run of the task at a deadline, unless it runs before. */
  private void plan(long deadline) {
    Run planned = next.get();
    while (planned == null || deadline - planned.at < 0) {
      Run earlier = new Run(System.nanoTime(), precision, deadline);
      if (planned != null && earlier.at - planned.at >= 0) {
        return;
      }
      if (next.compareAndSet(planned, earlier)) {
        schedule(earlier);
        return;
      }
      planned = next.get();
    }
  }

  private void schedule(Run run) {
    boolean isScheduled = false;
    try {
      timer.run(run, Duration.ofNanos(run.at - System.nanoTime()));
      isScheduled = true;
    } finally {
      if (!isScheduled) { // whatever was thrown: the next one that is added plans a run again
        next.compareAndSet(run, null);
      }
    }
  }

  /** A run of the timer's task, which is ignored where an earlier one was planned afterwards. */
  private final class Run implements Runnable {
    final long at;

    Run(long now, long shortestPause, long deadline) {
      long longest = Math.max(shortestPause, LONGEST_PAUSE.toNanos());
      at = now + Math.max(shortestPause, Math.min(deadline - now, longest));
    }

    @Override
    public void run() {
      if (next.get() == this) {
        long began = System.nanoTime();
        try {
          takeAdded();
          endExpired();
        } finally {
          planNext(this, began);
        }
      }
    }
  }

  private void takeAdded() {
    T newest = added.getAndSet(null);
    T oldest = null;
    T each = newest;
    while (each != null) {
      T earlier = each.next();
      each.setNext(oldest);
      oldest = each;
      each = earlier;
    }
    if (last == null) {
      first = oldest;
    } else {
      last.setNext(oldest);
    }
    last = newest == null ? last : newest;
  }

  /**
   * Ends the waits that are over or expired, and keeps the others in the list, also if one fails.
   */
  private void endExpired() {
    long now = System.nanoTime();
    T before = null;
    T each = first;
    while (each != null) {
      T later = each.next();
      boolean isExpired = each.deadline() - now <= 0;
      if (each.waitsNoLonger() || isExpired) {
        remove(before, each, later);
        if (!each.waitsNoLonger()) {
          expired.accept(each);
        }
      } else {
        before = each;
      }
      each = later;
    }
  }

  private void remove(@Nullable T before, T each, @Nullable T later) {
    if (before == null) {
      first = later;
    } else {
      before.setNext(later);
    }
    if (later == null) {
      last = before;
    }
    each.setNext(null);
  }

  private void planNext(Run present, long began) {
    Run planned = null;
    boolean isNext;
    try {
      if (first != null) {
        long earliest = earliest(first);
        long now = System.nanoTime();
        planned = new Run(now, Math.max(precision, PAUSE * (now - began)), earliest);
      }
    } finally {
      isNext = next.compareAndSet(present, planned);
    }
    if (isNext && planned != null) {
      schedule(planned);
    }
    // Those added meanwhile may have seen the present run only.
    for (T each = added.get(); each != null; each = each.next()) {
      plan(each.deadline());
    }
  }

  private static <T extends Waiting<T>> long earliest(T first) {
    long earliest = first.deadline();
    for (T each = first.next(); each != null; each = each.next()) {
      earliest = each.deadline() - earliest < 0 ? each.deadline() : earliest;
    }
    return earliest;
  }
}
