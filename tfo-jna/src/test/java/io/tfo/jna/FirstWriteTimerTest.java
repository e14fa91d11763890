package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FirstWriteTimerTest {
  private static final Duration LENGTH = Duration.ofMillis(40);

  private final List<SocketChannel> opened = new ArrayList<>();
  private final BlockingQueue<SocketChannel> ended = new LinkedBlockingQueue<>();

  private SocketChannel open() throws IOException {
    SocketChannel channel = SocketChannel.open();
    opened.add(channel);
    return channel;
  }

  @AfterEach
  void close() throws IOException {
    for (SocketChannel channel : opened) {
      channel.close();
    }
  }

  private @Nullable SocketChannel next() throws InterruptedException {
    return ended.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void endsEachOnceInItsTime() throws Exception {
    FirstWriteTimer<SocketChannel> timer = new FirstWriteTimer<>(LENGTH, ended::add);
    for (int round = 0; round < 3; round++) { // also after no channel waited
      SocketChannel first = open();
      SocketChannel second = open();
      long start = System.nanoTime();
      timer.begin(first);
      timer.begin(second);
      assertThat(next()).isSameAs(first);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(LENGTH);
      assertThat(next()).isSameAs(second);
      assertThat(ended.poll(LENGTH.toMillis(), TimeUnit.MILLISECONDS)).isNull();
    }
  }

  @Test
  void endsThoseWhoComeMeanwhile() throws Exception {
    FirstWriteTimer<SocketChannel> timer = new FirstWriteTimer<>(LENGTH, ended::add);
    List<SocketChannel> inOrder = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      timer.begin(open());
      SocketChannel over = ended.poll(LENGTH.toMillis() / 10, TimeUnit.MILLISECONDS);
      if (over != null) {
        inOrder.add(over);
      }
    }
    while (inOrder.size() < 20) {
      inOrder.add(next());
    }
    assertThat(inOrder).isEqualTo(opened);
  }

  @Test
  void endsTheOthersWhereOneFails() throws Exception {
    SocketChannel bad = open();
    SocketChannel good = open();
    FirstWriteTimer<SocketChannel> timer =
        new FirstWriteTimer<>(
            LENGTH,
            channel -> {
              if (channel == bad) {
                throw new IllegalStateException("bad");
              }
              ended.add(channel);
            });
    timer.begin(bad);
    timer.begin(good);
    assertThat(next()).isSameAs(good);
  }
}
