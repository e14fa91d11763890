package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FirstWriteTimerTest {
  private static final Duration LENGTH = Duration.ofMillis(40);

  private final List<Waiter> added = new ArrayList<>();
  private final BlockingQueue<Waiter> ended = new LinkedBlockingQueue<>();

  private static final class Waiter implements FirstWriteTimer.Waiting<Waiter> {
    private final long since = System.nanoTime();
    private @Nullable Waiter next;

    @Override
    public long since() {
      return since;
    }

    @Override
    public @Nullable Waiter next() {
      return next;
    }

    @Override
    public void setNext(@Nullable Waiter next) {
      this.next = next;
    }
  }

  private Waiter addTo(FirstWriteTimer<Waiter> timer) {
    Waiter waiter = new Waiter();
    added.add(waiter);
    timer.add(waiter);
    return waiter;
  }

  private @Nullable Waiter next() throws InterruptedException {
    return ended.poll(10, TimeUnit.SECONDS);
  }

  @Test
  void endsEachOnceInItsTime() throws Exception {
    FirstWriteTimer<Waiter> timer = new FirstWriteTimer<>(LENGTH, ended::add);
    for (int round = 0; round < 3; round++) { // also after no channel waited
      long start = System.nanoTime();
      Waiter first = addTo(timer);
      Waiter second = addTo(timer);
      assertThat(next()).isSameAs(first);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThanOrEqualTo(LENGTH);
      assertThat(next()).isSameAs(second);
      assertThat(ended.poll(LENGTH.toMillis(), TimeUnit.MILLISECONDS)).isNull();
    }
  }

  @Test
  void endsThoseWhoComeMeanwhile() throws Exception {
    FirstWriteTimer<Waiter> timer = new FirstWriteTimer<>(LENGTH, ended::add);
    List<Waiter> inOrder = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      addTo(timer);
      Waiter over = ended.poll(LENGTH.toMillis() / 10, TimeUnit.MILLISECONDS);
      if (over != null) {
        inOrder.add(over);
      }
    }
    while (inOrder.size() < 20) {
      inOrder.add(next());
    }
    assertThat(inOrder).isEqualTo(added);
  }

  @Test
  void endsTheOthersWhereOneFails() throws Exception {
    Waiter bad = new Waiter();
    FirstWriteTimer<Waiter> timer =
        new FirstWriteTimer<>(
            LENGTH,
            waiter -> {
              if (waiter == bad) {
                throw new IllegalStateException("bad");
              }
              ended.add(waiter);
            });
    timer.add(bad);
    Waiter good = addTo(timer);
    assertThat(next()).isSameAs(good);
  }

  @Test
  void saysWhereNoThreadCanBeCreatedAndGoesOnOnceOneCan() throws Exception {
    AtomicBoolean isFull = new AtomicBoolean(true);
    FirstWriteTimer<Waiter> timer =
        new FirstWriteTimer<>(
            LENGTH,
            ended::add,
            (task, delay) -> {
              if (isFull.get()) {
                throw new OutOfMemoryError("unable to create native thread");
              }
              DaemonTimer.run(task, delay);
            });
    Waiter first = new Waiter();
    assertThat(timer.add(first)).isFalse();
    isFull.set(false);
    Waiter second = new Waiter();
    assertThat(timer.add(second)).isTrue();
    assertThat(next()).isSameAs(first);
    assertThat(next()).isSameAs(second);
  }

  @Test
  void endsAllThatSeveralThreadsAdd() throws Exception {
    FirstWriteTimer<Waiter> timer = new FirstWriteTimer<>(LENGTH, ended::add);
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (int each = 0; each < 1_000; each++) {
                  timer.add(new Waiter());
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join(10_000);
    }
    List<Waiter> all = new ArrayList<>();
    while (all.size() < 4_000) {
      Waiter each = next();
      assertThat(each).isNotNull();
      all.add(each);
    }
    assertThat(all).doesNotHaveDuplicates();
    assertThat(ended.poll(LENGTH.toMillis(), TimeUnit.MILLISECONDS)).isNull();
  }
}
