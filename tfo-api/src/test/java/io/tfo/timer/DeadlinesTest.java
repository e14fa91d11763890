package io.tfo.timer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class DeadlinesTest {
  private static final Duration LENGTH = Duration.ofMillis(40);
  private static final Duration PRECISION = Duration.ofMillis(1);
  private static final Duration LONG = Duration.ofSeconds(40);

  private final List<Waiter> added = new ArrayList<>();
  private final BlockingQueue<Waiter> ended = new LinkedBlockingQueue<>();

  private static final class Waiter implements Deadlines.Waiting<Waiter> {
    private final long deadline;
    private volatile boolean over;
    private @Nullable Waiter next;

    Waiter(Duration length) {
      deadline = System.nanoTime() + length.toNanos();
    }

    @Override
    public long deadline() {
      return deadline;
    }

    @Override
    public boolean waitsNoLonger() {
      return over;
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

  private Waiter addTo(Deadlines<Waiter> deadlines) {
    return addTo(deadlines, LENGTH);
  }

  private Waiter addTo(Deadlines<Waiter> deadlines, Duration length) {
    Waiter waiter = new Waiter(length);
    added.add(waiter);
    assertThat(deadlines.add(waiter)).isTrue();
    return waiter;
  }

  private @Nullable Waiter next() throws InterruptedException {
    return ended.poll(10, TimeUnit.SECONDS);
  }

  /** A timer of the test's: it runs when the test wants it to. */
  private static final class Steps implements Deadlines.Timer {
    private final List<Runnable> planned = new ArrayList<>();
    private final List<Duration> delays = new ArrayList<>();

    @Override
    public boolean hasThread() {
      return true;
    }

    @Override
    public void run(Runnable task, Duration delay) {
      planned.add(task);
      delays.add(delay);
    }

    /** Runs all that is planned so far. */
    void runAll() {
      List<Runnable> now = List.copyOf(planned);
      planned.clear();
      now.forEach(Runnable::run);
    }
  }

  /** The library's timer, of which a test changes one method. */
  private static class Daemon implements Deadlines.Timer {
    @Override
    public boolean hasThread() {
      return DaemonTimer.hasThread();
    }

    @Override
    public void run(Runnable task, Duration delay) {
      DaemonTimer.run(task, delay);
    }
  }

  @Test
  void endsEachOnceInItsTime() throws Exception {
    Deadlines<Waiter> deadlines = new Deadlines<>(LENGTH.dividedBy(2), ended::add);
    for (int round = 0; round < 3; round++) { // also after nothing waited
      Waiter first = addTo(deadlines);
      Waiter second = addTo(deadlines);
      assertThat(next()).isSameAs(first);
      assertThat(System.nanoTime() - first.deadline).isNotNegative();
      assertThat(next()).isSameAs(second);
      assertThat(ended.poll(LENGTH.toMillis(), TimeUnit.MILLISECONDS)).isNull();
    }
  }

  @Test
  void endsThoseThatComeMeanwhile() throws Exception {
    Deadlines<Waiter> deadlines = new Deadlines<>(LENGTH.dividedBy(2), ended::add);
    List<Waiter> inOrder = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      addTo(deadlines);
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
  void endsOneThatCameLaterAndEndsFirst() throws Exception {
    Deadlines<Waiter> deadlines = new Deadlines<>(PRECISION, ended::add);
    addTo(deadlines, LONG);
    Waiter shorter = addTo(deadlines);
    Waiter longer = addTo(deadlines, LENGTH.multipliedBy(3));

    assertThat(next()).isSameAs(shorter);
    assertThat(next()).isSameAs(longer);
    assertThat(System.nanoTime() - longer.deadline).isNotNegative();
    assertThat(ended).isEmpty();
  }

  @Test
  void plansNoRunForOneThatWaitsLonger() {
    Steps timer = new Steps();
    Deadlines<Waiter> deadlines = new Deadlines<>(PRECISION, ended::add, timer);
    addTo(deadlines, LONG);
    for (int i = 0; i < 1_000; i++) {
      addTo(deadlines, LONG).over = true;
    }

    assertThat(timer.planned).hasSize(1);
    assertThat(timer.delays.get(0)).isLessThanOrEqualTo(Duration.ofMillis(500));
  }

  @Test
  void dropsWhatIsOverAndPlansNoRunWithoutNeed() {
    Steps timer = new Steps();
    Deadlines<Waiter> deadlines = new Deadlines<>(PRECISION, ended::add, timer);
    Waiter waits = addTo(deadlines, LONG);
    Waiter over = addTo(deadlines, LONG);
    Waiter last = addTo(deadlines, LONG);
    over.over = true;

    timer.runAll();
    assertThat(timer.planned).hasSize(1);
    assertThat(waits.next).isSameAs(last);
    assertThat(over.next).isNull();

    waits.over = true;
    last.over = true;
    timer.runAll();
    assertThat(timer.planned).isEmpty();
    assertThat(waits.next).isNull();

    addTo(deadlines, LONG);
    assertThat(timer.planned).hasSize(1);
    assertThat(ended).isEmpty();
  }

  @Test
  void endsOneThatIsAddedInTheRun() {
    Steps timer = new Steps();
    AtomicInteger ends = new AtomicInteger();
    List<Deadlines<Waiter>> itself = new ArrayList<>();
    Deadlines<Waiter> deadlines =
        new Deadlines<>(
            PRECISION,
            waiter -> {
              if (ends.incrementAndGet() < 3) {
                assertThat(itself.get(0).add(waiter)).isTrue();
              }
            },
            timer);
    itself.add(deadlines);
    addTo(deadlines, Duration.ZERO);

    while (!timer.planned.isEmpty()) {
      timer.runAll();
    }

    assertThat(ends).hasValue(3);
  }

  @Test
  void endsTheOthersWhereOneFails() throws Exception {
    Waiter bad = new Waiter(LENGTH);
    Deadlines<Waiter> deadlines =
        new Deadlines<>(
            PRECISION,
            waiter -> {
              if (waiter == bad) {
                throw new IllegalStateException("bad");
              }
              ended.add(waiter);
            });
    deadlines.add(bad);
    Waiter good = addTo(deadlines);
    assertThat(next()).isSameAs(good);
  }

  @Test
  void saysThatNoThreadCanBeCreatedAndGoesOnOnceOneCan() throws Exception {
    AtomicBoolean isFull = new AtomicBoolean(true);
    Deadlines<Waiter> deadlines =
        new Deadlines<>(
            PRECISION,
            ended::add,
            new Daemon() {
              @Override
              public boolean hasThread() {
                return !isFull.get();
              }
            });
    Waiter first = new Waiter(LENGTH);
    assertThat(deadlines.add(first)).isFalse();
    isFull.set(false);
    Waiter second = addTo(deadlines);
    assertThat(next()).isSameAs(second);
    assertThat(ended).as("what was not added").isEmpty();
  }

  /** The program's stack or its memory may be nearly full. */
  @Test
  void goesOnAfterAnyFailureOfTheTimer() throws Exception {
    AtomicBoolean fails = new AtomicBoolean(true);
    Deadlines<Waiter> deadlines =
        new Deadlines<>(
            PRECISION,
            ended::add,
            new Daemon() {
              @Override
              public void run(Runnable task, Duration delay) {
                if (fails.get()) {
                  throw new StackOverflowError();
                }
                super.run(task, delay);
              }
            });
    Waiter first = new Waiter(LENGTH);
    assertThatThrownBy(() -> deadlines.add(first)).isInstanceOf(StackOverflowError.class);
    fails.set(false);
    Waiter second = addTo(deadlines);
    assertThat(next()).isSameAs(first);
    assertThat(next()).isSameAs(second);
  }

  @Test
  void endsAllThatSeveralThreadsAdd() throws Exception {
    Deadlines<Waiter> deadlines = new Deadlines<>(PRECISION, ended::add);
    AtomicInteger refused = new AtomicInteger();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      Thread thread =
          new Thread(
              () -> {
                for (int each = 0; each < 5_000; each++) {
                  int micros = ThreadLocalRandom.current().nextInt(40_000);
                  if (!deadlines.add(new Waiter(Duration.ofNanos(micros * 1_000L)))) {
                    refused.incrementAndGet();
                  }
                }
              });
      threads.add(thread);
      thread.start();
    }
    for (Thread thread : threads) {
      thread.join(10_000);
    }
    assertThat(refused).as("none is refused while another one starts the thread").hasValue(0);
    List<Waiter> all = new ArrayList<>();
    while (all.size() < 20_000) {
      Waiter each = next();
      assertThat(each).isNotNull();
      all.add(each);
    }
    assertThat(all).doesNotHaveDuplicates();
    assertThat(ended.poll(LENGTH.toMillis(), TimeUnit.MILLISECONDS)).isNull();
  }
}
