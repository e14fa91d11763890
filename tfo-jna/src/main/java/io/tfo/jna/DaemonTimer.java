package io.tfo.jna;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A daemon timer thread, shared by all. It ends after 5 idle seconds. */
final class DaemonTimer {
  private static final Duration IDLE = Duration.ofSeconds(5);

  private static final ScheduledThreadPoolExecutor TIMER = timer();

  private DaemonTimer() {}

  private static ScheduledThreadPoolExecutor timer() {
    var timer = new ScheduledThreadPoolExecutor(1, DaemonTimer::thread);
    // A thread that stays would keep the class loader, and with it the application, in memory.
    timer.setKeepAliveTime(IDLE.toNanos(), TimeUnit.NANOSECONDS);
    timer.allowCoreThreadTimeOut(true);
    return timer;
  }

  /** Runs a task on a daemon thread of its own, because it may wait for long. */
  @SuppressWarnings("removal")
  static void start(Runnable task) {
    AccessController.doPrivileged(
        (PrivilegedAction<@Nullable Void>)
            () -> {
              thread(task).start();
              return null;
            });
  }

  private static Thread thread(Runnable run) {
    // Inherits no thread locals and no context class loader from the thread that connects first.
    Thread thread = new Thread(null, run, "io.tfo timer", 0, false);
    thread.setContextClassLoader(null);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Runs a task once after a delay; at once if the delay is negative. Under a security manager, as
   * JDK 17 has, the caller needs no permission to start the thread.
   */
  @SuppressWarnings("removal")
  static void run(Runnable task, Duration delay) {
    var unused =
        AccessController.doPrivileged(
            (PrivilegedAction<ScheduledFuture<?>>)
                () -> TIMER.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS));
  }
}
