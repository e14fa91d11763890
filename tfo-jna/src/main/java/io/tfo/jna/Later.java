package io.tfo.jna;

import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** Does things later, on one daemon thread that is there while something is to be done. */
final class Later {
  private static final int IDLE_SECONDS = 5;

  private static final ScheduledThreadPoolExecutor TIMER = timer();

  private Later() {}

  private static ScheduledThreadPoolExecutor timer() {
    var timer = new ScheduledThreadPoolExecutor(1, Later::thread);
    // A thread that stays would keep the class loader, and with it the application, for ever.
    timer.setKeepAliveTime(IDLE_SECONDS, TimeUnit.SECONDS);
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

  static void run(Runnable task, long delayNanos) {
    var unused = TIMER.schedule(task, delayNanos, TimeUnit.NANOSECONDS);
  }
}
