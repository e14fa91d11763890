package io.tfo.jna;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Sends the SYN of deferred connects on which nobody writes. One thread for the process, started
 * with the first of them; all wait equally long, so that a queue is all it takes.
 */
final class SilenceWatch implements Runnable {
  private static final SilenceWatch INSTANCE = start();

  private record Entry(DeferredConnect connect, long due) {}

  private final BlockingQueue<Entry> queue = new LinkedBlockingQueue<>();

  private SilenceWatch() {}

  private static SilenceWatch start() {
    SilenceWatch watch = new SilenceWatch();
    // Inherits nothing of the thread that happens to be the first to connect.
    Thread thread = new Thread(null, watch, "io.tfo silence watch", 0, false);
    thread.setContextClassLoader(null);
    thread.setDaemon(true);
    thread.start();
    return watch;
  }

  static void add(DeferredConnect connect, Duration silence) {
    INSTANCE.queue.add(new Entry(connect, System.nanoTime() + silence.toNanos()));
  }

  @Override
  public void run() {
    while (true) {
      try {
        Entry entry = queue.take();
        TimeUnit.NANOSECONDS.sleep(entry.due() - System.nanoTime());
        entry.connect().sendSynNow();
      } catch (InterruptedException | RuntimeException e) {
        // Nobody interrupts this thread; and one connect's failure is not the next one's.
      }
    }
  }
}
