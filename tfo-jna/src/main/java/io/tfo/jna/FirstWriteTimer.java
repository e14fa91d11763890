package io.tfo.jna;

import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/**
 * Channels of which nothing is heard for a while. They are looked through a few times in that
 * while, all at once: to have each woken up for by itself costs more than its connect.
 */
final class FirstWriteTimer {
  private static final int LOOKS = 2;

  private final Duration length;
  private final Consumer<SocketChannel> end;
  private final Queue<Silent> oldestFirst = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean looking = new AtomicBoolean();

  private record Silent(SocketChannel channel, long since) {}

  /**
   * Nobody is silent yet.
   *
   * @param length how long; half as long again at the most
   * @param end what is done then
   */
  FirstWriteTimer(Duration length, Consumer<SocketChannel> end) {
    this.length = length;
    this.end = end;
  }

  void begin(SocketChannel channel) {
    oldestFirst.add(new Silent(channel, System.nanoTime()));
    lookWhereNobodyDoes();
  }

  private void lookWhereNobodyDoes() {
    if (!looking.get() && looking.compareAndSet(false, true)) {
      DaemonTimer.run(this::look, length);
    }
  }

  private void look() {
    try {
      endAllThatAreOver();
    } finally {
      Silent next = oldestFirst.peek();
      if (next != null) {
        long left = length.toNanos() - (System.nanoTime() - next.since());
        DaemonTimer.run(this::look, Duration.ofNanos(Math.max(left, length.toNanos() / LOOKS)));
      } else {
        looking.set(false);
        if (!oldestFirst.isEmpty()) { // since the last look
          lookWhereNobodyDoes();
        }
      }
    }
  }

  private void endAllThatAreOver() {
    long now = System.nanoTime();
    Silent next = oldestFirst.peek();
    while (next != null && now - next.since() >= length.toNanos()) {
      oldestFirst.remove();
      end.accept(next.channel());
      next = oldestFirst.peek();
    }
  }
}
