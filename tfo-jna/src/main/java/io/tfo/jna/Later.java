package io.tfo.jna;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Does things later, on one daemon thread, which the first of them starts. */
final class Later {
  private static final ScheduledThreadPoolExecutor TIMER =
      new ScheduledThreadPoolExecutor(1, Later::thread);

  private Later() {}

  private static Thread thread(Runnable run) {
    // Inherits nothing of the thread that happens to be the first to connect.
    Thread thread = new Thread(null, run, "io.tfo deferred connects", 0, false);
    thread.setContextClassLoader(null);
    thread.setDaemon(true);
    return thread;
  }

  static void run(Runnable task, Duration delay) {
    var unused = TIMER.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }
}
