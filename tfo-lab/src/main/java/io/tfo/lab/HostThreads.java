package io.tfo.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.atomic.AtomicInteger;

/** The threads of one host: each enters its namespace before it does anything else. */
final class HostThreads implements ThreadFactory, CloseStack.Resource {
  private static final Duration CLOSE_LIMIT = Duration.ofSeconds(5);

  private final Namespace namespace;
  private final String prefix;
  private final AtomicInteger count = new AtomicInteger();
  private final Set<Thread> running = new HashSet<>();
  private boolean closed;

  HostThreads(Namespace namespace, HostRole role) {
    this.namespace = namespace;
    this.prefix = "lab-" + role.name().toLowerCase(Locale.ROOT) + "-";
  }

  @Override
  public Thread newThread(Runnable task) {
    Thread thread = new Thread(() -> run(task), prefix + count.incrementAndGet());
    thread.setDaemon(true);
    return thread;
  }

  private void run(Runnable task) {
    synchronized (this) {
      if (closed) {
        cancel(task); // the lab was closed while this thread started
        return;
      }
      running.add(Thread.currentThread());
    }
    try {
      namespace.enter();
      task.run();
    } catch (IOException e) {
      cancel(task);
      throw new UncheckedIOException(e);
    } finally {
      synchronized (this) {
        running.remove(Thread.currentThread());
      }
    }
  }

  /** Cancels a task that does not run, so that no thread waits for it. */
  private static void cancel(Runnable task) {
    if (task instanceof Future<?> future) {
      future.cancel(false);
    }
  }

  /** Interrupts all threads and waits a limited time for their end. */
  @Override
  public void close() {
    List<Thread> left;
    synchronized (this) {
      closed = true;
      left = List.copyOf(running);
    }
    left.forEach(Thread::interrupt);
    long deadline = System.nanoTime() + CLOSE_LIMIT.toNanos();
    boolean interrupted = Thread.interrupted();
    for (Thread thread : left) {
      try {
        thread.join(Math.max(1, (deadline - System.nanoTime()) / 1_000_000));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** Returns the threads that did not end. */
  List<Thread> stuck() {
    synchronized (this) {
      return List.copyOf(running);
    }
  }
}
