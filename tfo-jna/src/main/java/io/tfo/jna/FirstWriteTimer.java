package io.tfo.jna;

import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Limits how long channels wait for their first write. All channels share one timer task, which
 * runs a few times in that period: a task for each channel would cost more than the connect.
 */
final class FirstWriteTimer {
  private static final int RUNS_PER_LIMIT = 2;

  private final Duration limit;
  private final Consumer<SocketChannel> expired;
  private final Queue<Waiting> oldestFirst = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean scheduled = new AtomicBoolean();

  private record Waiting(SocketChannel channel, long since) {}

  /**
   * Creates a timer that watches no channel.
   *
   * @param limit how long a channel waits; up to half as long again
   * @param expired called once with each channel after that time
   */
  FirstWriteTimer(Duration limit, Consumer<SocketChannel> expired) {
    this.limit = limit;
    this.expired = expired;
  }

  void begin(SocketChannel channel) {
    oldestFirst.add(new Waiting(channel, System.nanoTime()));
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
      Waiting next = oldestFirst.peek();
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
    Waiting next = oldestFirst.peek();
    while (next != null && now - next.since() >= limit.toNanos()) {
      oldestFirst.remove();
      expired.accept(next.channel());
      next = oldestFirst.peek();
    }
  }
}
