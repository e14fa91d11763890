package io.tfo.jna;

import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Limits how long sockets or channels wait for their first write. All share one timer task, which
 * runs a few times in that period: a task for each would cost more than the connect.
 */
final class FirstWriteTimer<T> {
  private static final int RUNS_PER_LIMIT = 2;

  private final Duration limit;
  private final Consumer<T> expired;
  private final Queue<Waiting<T>> oldestFirst = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  /** One that waits, and since when by {@link System#nanoTime}. */
  interface Waiting<T> {
    T connect();

    long since();
  }

  private record WaitingNow<T>(T connect, long since) implements Waiting<T> {}

  /**
   * Creates a timer that watches nothing.
   *
   * @param limit how long each waits; up to half as long again
   * @param expired called once with each after that time
   */
  FirstWriteTimer(Duration limit, Consumer<T> expired) {
    this.limit = limit;
    this.expired = expired;
  }

  void begin(T connect) {
    add(new WaitingNow<>(connect, System.nanoTime()));
  }

  /** The same without a further object. */
  void add(Waiting<T> waiting) {
    oldestFirst.add(waiting);
    scheduleUnlessScheduled();
  }

  private void scheduleUnlessScheduled() {
    if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
      DaemonTimer.run(this::run, limit);
    }
  }

  private void run() {
    try {
      expireOldest();
    } finally {
      Waiting<T> next = oldestFirst.peek();
      if (next != null) {
        long left = limit.toNanos() - (System.nanoTime() - next.since());
        DaemonTimer.run(
            this::run, Duration.ofNanos(Math.max(left, limit.toNanos() / RUNS_PER_LIMIT)));
      } else {
        scheduled.set(false);
        if (!oldestFirst.isEmpty()) { // added since the check above
          scheduleUnlessScheduled();
        }
      }
    }
  }

  private void expireOldest() {
    long now = System.nanoTime();
    Waiting<T> next = oldestFirst.peek();
    while (next != null && now - next.since() >= limit.toNanos()) {
      oldestFirst.remove();
      expired.accept(next.connect());
      next = oldestFirst.peek();
    }
  }
}
