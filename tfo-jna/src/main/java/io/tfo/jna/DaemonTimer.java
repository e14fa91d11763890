package io.tfo.jna;

import java.time.Duration;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Does things later, on one daemon thread that is there while something is to be done. */
final class DaemonTimer {
  private static final Duration IDLE = Duration.ofSeconds(5);

  private static final ScheduledThreadPoolExecutor TIMER = timer();

  private DaemonTimer() {}

  private static ScheduledThreadPoolExecutor timer() {
    var timer = new ScheduledThreadPoolExecutor(1, DaemonTimer::thread);
    // A thread that stays would keep the class loader, and with it the application, for ever.
    timer.setKeepAliveTime(IDLE.toNanos(), TimeUnit.NANOSECONDS);
    timer.allowCoreThreadTimeOut(true);
    return timer;
  }

  private static Thread thread(Runnable run) {
    // Inherits nothing of the thread that happens to be the first to connect.
    Thread thread = new Thread(null, run, "io.tfo timer", 0, false);
    thread.setContextClassLoader(null);
    thread.setDaemon(true);
    return thread;
  }

  static void run(Runnable task, Duration delay) {
    var unused = TIMER.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS);
  }
}
