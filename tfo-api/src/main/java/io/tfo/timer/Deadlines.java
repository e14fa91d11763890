package io.tfo.timer;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Ends what waits for longer than it may, such as connects. Most of it is over long before its
 * deadline, so to add one costs no more than a compare-and-set, and its end nothing: all share one
 * task of the timer, which is woken only for a deadline before its next run. It runs at the
 * earliest deadline, at least twice a second while something is added, and then drops what is over.
 *
 * @param <T> what waits. It is linked by a field of its own: a queue's node for each would be
 *     garbage
 */
public final class Deadlines<T extends Deadlines.Waiting<T>> {
  /** What is over is kept for this long at most. */
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

  private final long precision;
  private final Consumer<T> expired;
  private final BiConsumer<Runnable, Duration> timer;

  /** What was added since the last run, the newest first. */
  private final AtomicReference<@Nullable T> added = new AtomicReference<>();

  /** The next run, or the present one. None while nothing is watched. */
  private final AtomicReference<@Nullable Run> next = new AtomicReference<>();

  /** What was added before, in that order. Of the timer's thread, as the field below. */
  private @Nullable T first;

  private @Nullable T last;

  /**
   * One that waits, in one object of this class and once at a time.
   *
   * @param <T> its own type
   */
  public interface Waiting<T> {
    /**
     * Until when it may wait. Does not change while it is watched.
     *
     * @return the time by {@link System#nanoTime}
     */
    long deadline();

    /**
     * Whether it waits no longer.
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
   * Creates an object that watches nothing.
   *
   * @param precision how late a deadline may be noticed
   * @param expired called once with each that waits at its deadline, on the timer's thread; it must
   *     not wait
   */
  public Deadlines(Duration precision, Consumer<T> expired) {
    this(precision, expired, DaemonTimer::run);
  }

  /**
   * The same over another timer.
   *
   * @param timer runs a task once after a time
   */
  Deadlines(Duration precision, Consumer<T> expired, BiConsumer<Runnable, Duration> timer) {
    this.precision = precision.toNanos();
    this.expired = expired;
    this.timer = timer;
  }

  /**
   * Begins to watch one.
   *
   * @param waiting what waits
   * @return false if that cannot be, since the process can have no further thread
   */
  public boolean add(T waiting) {
    T before;
    do {
      before = added.get();
      waiting.setNext(before);
    } while (!added.compareAndSet(before, waiting));
    return isPlanned(waiting.deadline());
  }

  /** Has the task run at a deadline, unless it runs before. */
  private boolean isPlanned(long deadline) {
    Run planned = next.get();
    while (planned == null || deadline - planned.at < 0) {
      Run earlier = new Run(System.nanoTime(), deadline);
      if (planned != null && earlier.at - planned.at >= 0) {
        return true;
      }
      if (next.compareAndSet(planned, earlier)) {
        return isScheduled(earlier);
      }
      planned = next.get();
    }
    return true;
  }

  private boolean isScheduled(Run run) {
    try {
      timer.accept(run, Duration.ofNanos(run.at - System.nanoTime()));
      return true;
    } catch (OutOfMemoryError e) { // no thread can be created: the JDK's connect needs none
      next.compareAndSet(run, null);
      return false;
    }
  }

  /** A run of the timer's task, which is ignored where an earlier one was planned afterwards. */
  private final class Run implements Runnable {
    final long at;

    Run(long now, long deadline) {
      long longest = Math.max(precision, LONGEST_PAUSE.toNanos());
      at = now + Math.max(precision, Math.min(deadline - now, longest));
    }

    @Override
    public void run() {
      if (next.get() == this) {
        try {
          takeAdded();
          endExpired();
        } finally {
          planNext(this);
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

  /** Keeps in the list what waits on; also where one fails, the rest is kept. */
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

  private void planNext(Run present) {
    Run planned = first == null ? null : new Run(System.nanoTime(), earliest(first));
    if (next.compareAndSet(present, planned) && planned != null) {
      boolean unused = isScheduled(planned);
    }
    // Those added meanwhile may have seen the present run only.
    for (T each = added.get(); each != null; each = each.next()) {
      boolean unused = isPlanned(each.deadline());
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
