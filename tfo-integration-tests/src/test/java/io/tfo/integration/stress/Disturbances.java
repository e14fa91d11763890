package io.tfo.integration.stress;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Disturbs this process: garbage collections, threads that use the CPU, signals. */
final class Disturbances implements AutoCloseable {
  private static final long MILLISECOND = TimeUnit.MILLISECONDS.toNanos(1);

  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean over;
  private volatile Object garbage = "";

  /** Starts collections, one soon after the other, and makes garbage for them. */
  Disturbances collections() {
    repeat(
        () -> {
          System.gc();
          LockSupport.parkNanos(10 * MILLISECOND);
        });
    repeat(
        () -> {
          garbage = new byte[16 * 1024];
          LockSupport.parkNanos(MILLISECOND / 5);
        });
    return this;
  }

  /** Starts threads that compute, twice as many as there are processors. */
  Disturbances computation() {
    for (int i = 0; i < 2 * Runtime.getRuntime().availableProcessors(); i++) {
      repeat(Thread::onSpinWait);
    }
    return this;
  }

  /** Sends a thousand signals a second to each thread that has asked for them. */
  Disturbances signals() {
    Signals.handle();
    repeat(
        () -> {
          Signals.send();
          LockSupport.parkNanos(MILLISECOND);
        });
    return this;
  }

  private void repeat(Runnable work) {
    Thread thread =
        new Thread(
            () -> {
              while (!over) {
                work.run();
              }
            },
            "noise");
    thread.setDaemon(true);
    thread.start();
    threads.add(thread);
  }

  @Override
  public void close() throws IOException {
    over = true;
    try {
      for (Thread each : threads) {
        each.join();
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    }
  }
}
