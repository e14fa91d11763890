package io.tfo.test;

import io.tfo.timer.DaemonTimer;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Stops the timer of the library in this JVM for a while. Meanwhile the SYN of a socket waits for
 * the first write, however long a busy machine takes.
 *
 * <p>Tests that stop it run side by side, and not beside one that needs it: both name {@link #NAME}
 * in a {@code ResourceLock}, the latter for writing.
 */
public final class StoppedTimer {
  public static final String NAME = "the timer of the library";

  private static final long MOST_SECONDS = 30;

  private static int users;
  private static CountDownLatch end = new CountDownLatch(0);

  private StoppedTimer() {}

  /** Stops it while a test runs. */
  public static final class InTest
      implements BeforeTestExecutionCallback, AfterTestExecutionCallback {
    @Override
    public void beforeTestExecution(ExtensionContext context) throws Exception {
      stop();
    }

    @Override
    public void afterTestExecution(ExtensionContext context) {
      goOn();
    }
  }

  /** Runs a task while the timer stands still. The timer first ends what it is doing. */
  public static <T> T during(Callable<T> task) throws Exception {
    stop();
    try {
      return task.call();
    } finally {
      goOn();
    }
  }

  private static synchronized void stop() throws InterruptedException, TimeoutException {
    if (users == 0) {
      CountDownLatch isStopped = new CountDownLatch(1);
      CountDownLatch next = new CountDownLatch(1);
      DaemonTimer.run(
          () -> {
            isStopped.countDown();
            awaitUninterruptibly(next);
          },
          Duration.ZERO);
      if (!isStopped.await(MOST_SECONDS, TimeUnit.SECONDS)) {
        next.countDown();
        throw new TimeoutException("the timer does not come to this task");
      }
      end = next;
    }
    users++;
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    boolean waits = true;
    while (waits) {
      try {
        latch.await();
        waits = false;
      } catch (InterruptedException e) {
        // No code on the timer's thread needs to know of the interrupt.
      }
    }
  }

  private static synchronized void goOn() {
    users--;
    if (users == 0) {
      end.countDown();
    }
  }
}
