package io.tfo.timer;

import java.security.AccessController;
import java.security.PrivilegedAction;
import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A daemon timer thread, shared by all, and threads for tasks that wait. Each ends after 5 idle
 * seconds.
 */
public final class DaemonTimer {
  private static final Duration IDLE = Duration.ofSeconds(5);

  private static final ScheduledThreadPoolExecutor TIMER = timer();

  private static final ThreadPoolExecutor OTHERS =
      new ThreadPoolExecutor(
          0,
          Integer.MAX_VALUE,
          IDLE.toNanos(),
          TimeUnit.NANOSECONDS,
          new SynchronousQueue<>(),
          run -> thread("io.tfo close", run));

  private DaemonTimer() {}

  private static ScheduledThreadPoolExecutor timer() {
    var timer = new ScheduledThreadPoolExecutor(1, run -> thread("io.tfo timer", run));
    // A thread that stays would keep the class loader, and with it the application, in memory.
    timer.setKeepAliveTime(IDLE.toNanos(), TimeUnit.NANOSECONDS);
    timer.allowCoreThreadTimeOut(true);
    return timer;
  }

  /**
   * Runs a task now on a daemon thread that no other task waits for, because it may wait for long.
   *
   * @param task the task
   */
  @SuppressWarnings("removal")
  public static void start(Runnable task) {
    AccessController.doPrivileged(
        (PrivilegedAction<@Nullable Void>)
            () -> {
              OTHERS.execute(task);
              return null;
            });
  }

  /**
   * Creates a daemon thread that keeps nothing of the program whose call creates it: no thread
   * locals, no context class loader and, on JDK 17, not the protection domains of the callers.
   *
   * @param name the thread's name
   * @param run what it runs
   * @return the thread, not started
   */
  @SuppressWarnings("removal")
  public static Thread thread(String name, Runnable run) {
    return AccessController.doPrivileged(
        (PrivilegedAction<Thread>)
            () -> {
              Thread thread = new Thread(null, run, name, 0, false);
              thread.setContextClassLoader(null);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Whether the timer has its thread, which it keeps while a task is to be run. Creates it if not.
   *
   * @return false if the process can create no more threads
   */
  @SuppressWarnings("removal")
  static boolean hasThread() {
    try {
      do { // until another caller has started the thread, or has failed to
        boolean unused =
            AccessController.doPrivileged((PrivilegedAction<Boolean>) TIMER::prestartCoreThread);
      } while (TIMER.getPoolSize() == 0);
      return true;
    } catch (OutOfMemoryError e) { // no thread can be created
      return false;
    }
  }

  /**
   * Runs a task once after a delay. Under a security manager, as JDK 17 has, the caller needs no
   * permission to start the thread.
   *
   * @param task the task; it must not wait
   * @param delay the delay; at once if it is negative
   */
  @SuppressWarnings("removal")
  public static void run(Runnable task, Duration delay) {
    var unused =
        AccessController.doPrivileged(
            (PrivilegedAction<ScheduledFuture<?>>)
                () -> TIMER.schedule(task, delay.toNanos(), TimeUnit.NANOSECONDS));
  }
}
