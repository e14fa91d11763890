package io.tfo.jna;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Limits how long sockets or channels wait for their first write. All share one timer task, which
 * runs a few times in that period: a task for each would cost more than the connect. They are
 * linked by a field of their own, since most have their first write at once: a queue's node for
 * each would be garbage.
 */
final class FirstWriteTimer<T extends FirstWriteTimer.Waiting<T>> {
  private static final int RUNS_PER_LIMIT = 2;

  private final Duration limit;
  private final Consumer<T> expired;
  private final BiConsumer<Runnable, Duration> timer;

  /** What was added since the last run, the newest first. */
  private final AtomicReference<@Nullable T> added = new AtomicReference<>();

  /** What was added before, the oldest first. Of the timer's thread. */
  private @Nullable T oldest;

  private @Nullable T newest;

  private final AtomicBoolean scheduled = new AtomicBoolean();

  /** One that waits, in one timer and once at a time. */
  interface Waiting<T> {
    /** Since when it waits, by {@link System#nanoTime}. */
    long since();

    @Nullable T next();

    void setNext(@Nullable T next);
  }

  /**
   * Creates a timer that watches nothing.
   *
   * @param limit how long each waits; up to half as long again
   * @param expired called once with each after that time
   */
  FirstWriteTimer(Duration limit, Consumer<T> expired) {
    this(limit, expired, DaemonTimer::run);
  }

  /**
   * The same over another timer.
   *
   * @param timer runs a task once after a time
   */
  FirstWriteTimer(Duration limit, Consumer<T> expired, BiConsumer<Runnable, Duration> timer) {
    this.limit = limit;
    this.expired = expired;
    this.timer = timer;
  }

  /**
   * Begins to watch one.
   *
   * @return false if that cannot be, since the process can have no further thread
   */
  boolean add(T waiting) {
    T before;
    do {
      before = added.get();
      waiting.setNext(before);
    } while (!added.compareAndSet(before, waiting));
    return scheduleUnlessScheduled();
  }

  private boolean scheduleUnlessScheduled() {
    if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
      try {
        timer.accept(this::run, limit);
      } catch (OutOfMemoryError e) { // no thread can be created: the JDK's connect needs none
        scheduled.set(false);
        return false;
      }
    }
    return true;
  }

  private void run() {
    try {
      takeAdded();
      expireOldest();
    } finally {
      T next = oldest;
      if (next != null) {
        long left = limit.toNanos() - (System.nanoTime() - next.since());
        timer.accept(this::run, Duration.ofNanos(Math.max(left, limit.toNanos() / RUNS_PER_LIMIT)));
      } else {
        scheduled.set(false);
        if (added.get() != null) { // since the look above
          boolean unused = scheduleUnlessScheduled();
        }
      }
    }
  }

  private void takeAdded() {
    T last = added.getAndSet(null);
    T first = null;
    T each = last;
    while (each != null) {
      T earlier = each.next();
      each.setNext(first);
      first = each;
      each = earlier;
    }
    if (newest == null) {
      oldest = first;
    } else {
      newest.setNext(first);
    }
    newest = last == null ? newest : last;
  }

  private void expireOldest() {
    long now = System.nanoTime();
    T each = oldest;
    while (each != null && now - each.since() >= limit.toNanos()) {
      oldest = each.next();
      if (oldest == null) {
        newest = null;
      }
      each.setNext(null);
      expired.accept(each);
      each = oldest;
    }
  }
}
