package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.timer.DaemonTimer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Connections whose end is delayed: the limit of their number, and a process without a free thread.
 */
@Timeout(60)
class DelayedEndsTest {
  private static final int MOST = 500;

  /** The process can have no further thread: the timer throws what the JDK throws then. */
  private volatile boolean isRefused = true;

  /** The delays after which the timer was to check. */
  private final BlockingQueue<Duration> delays = new LinkedBlockingQueue<>();

  private final DelayedEnds ends =
      new DelayedEnds(
          (check, delay) -> {
            if (isRefused) {
              throw new OutOfMemoryError("unable to create native thread");
            }
            delays.add(delay);
            DaemonTimer.run(check, delay);
          });

  /** A connection whose SYN is answered at one of the calls. */
  private static final class Connection implements DelayedEnds.Ending {
    private final int answeredAt;
    private final AtomicInteger calls = new AtomicInteger();
    private final CountDownLatch answered = new CountDownLatch(1);
    private volatile boolean isGivenUp;
    private volatile Thread last;
    private final long start = System.nanoTime();
    private volatile long took;

    Connection(int answeredAt) {
      this.answeredAt = answeredAt;
    }

    @Override
    public boolean tryEnd(String end, boolean givenUp) {
      last = Thread.currentThread();
      took = System.nanoTime() - start;
      isGivenUp |= givenUp;
      boolean isAnswered = calls.incrementAndGet() >= answeredAt;
      if (isAnswered) {
        answered.countDown();
      }
      return givenUp || isAnswered;
    }
  }

  @Test
  void waitsForTheAnswerInTheThreadThatEndsTheConnection() {
    Connection connection = new Connection(3);
    ends.add(connection, "close");
    assertThat(connection.calls).hasValue(3);
    assertThat(connection.isGivenUp).isFalse();
  }

  @Test
  void endsAConnectionThatIsNotAnswered() {
    Connection connection = new Connection(Integer.MAX_VALUE);
    ends.add(connection, "close");
    assertThat(connection.isGivenUp).isTrue();
  }

  @Test
  void waitsInAThreadThatIsInterruptedAndLeavesItSo() {
    Connection connection = new Connection(20);
    Thread.currentThread().interrupt();
    ends.add(connection, "close");
    assertThat(Thread.interrupted()).isTrue();
    assertThat(connection.isGivenUp).isFalse();
    assertThat(Duration.ofNanos(connection.took)).isGreaterThan(Duration.ofMillis(5));
  }

  @Test
  void leavesTheNextOneToTheTimer() throws Exception {
    ends.add(new Connection(1), "close");
    isRefused = false;
    Connection next = new Connection(3);
    ends.add(next, "close");
    assertThat(next.answered.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(next.last).isNotSameAs(Thread.currentThread());
  }

  /** A connection that another thread may use, such as the timer's. */
  private static final class Used implements DelayedEnds.Ending {
    private volatile boolean isUsed;
    private volatile boolean isAnswered;
    private volatile boolean isGivenUp;
    private final CountDownLatch ended = new CountDownLatch(1);

    @Override
    public boolean tryEnd(String end, boolean givenUp) {
      isGivenUp |= givenUp;
      boolean isEnded = !isUsed && (givenUp || isAnswered);
      if (isEnded) {
        ended.countDown();
      }
      return isEnded;
    }
  }

  @Test
  void givesUpTheOldestOneAlsoWhereAnotherThreadUsesIt() throws Exception {
    isRefused = false;
    Used oldest = new Used();
    oldest.isUsed = true;
    ends.add(oldest, "close");
    List<Used> others = Stream.generate(Used::new).limit(MOST).toList();
    others.forEach(each -> ends.add(each, "close"));

    oldest.isUsed = false;
    assertThat(oldest.ended.await(30, TimeUnit.SECONDS)).isTrue();
    others.forEach(each -> each.isAnswered = true);
    for (Used each : others) {
      assertThat(each.ended.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(each.isGivenUp).isFalse();
    }
  }

  /**
   * A round trip to a near server takes less than a millisecond, and the peer of a half-closed
   * connection waits for its end.
   */
  @Test
  void looksForAnAnswerSoonAtFirstAndThenLessOften() throws Exception {
    isRefused = false;
    Connection connection = new Connection(25);
    ends.add(connection, "shutdownOutput");
    assertThat(connection.answered.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(delays.element()).isLessThanOrEqualTo(Duration.ofNanos(250_000));
    assertThat(delays).allMatch(each -> each.compareTo(Duration.ofMillis(10)) <= 0);
    assertThat(Duration.ofNanos(connection.took)).isGreaterThan(Duration.ofMillis(50));
  }

  private record Planned(Runnable check, long at) {}

  @Test
  void looksForAnAnswerSoonThoughAnOlderOneIsCheckedLater() {
    Queue<Planned> planned = new ArrayDeque<>();
    DelayedEnds byHand =
        new DelayedEnds(
            (check, delay) -> planned.add(new Planned(check, System.nanoTime() + delay.toNanos())));
    Used older = new Used();
    byHand.add(older, "close");
    Planned next = planned.remove();
    while (next.at - System.nanoTime() < Duration.ofMillis(5).toNanos()) {
      next.check.run();
      next = planned.remove();
    }
    planned.add(next);
    byHand.add(new Connection(1), "close");
    long soon = System.nanoTime() + 250_000;
    assertThat(planned).anyMatch(each -> each.at - soon <= 0);
    older.isAnswered = true;
    while (!planned.isEmpty()) {
      planned.remove().check.run();
    }
  }

  @Test
  void looksForTheAnswersOfManyTogether() throws Exception {
    isRefused = false;
    int checks = 50;
    List<Connection> many = Stream.generate(() -> new Connection(checks)).limit(200).toList();
    for (Connection each : many) {
      ends.add(each, "close");
      LockSupport.parkNanos(50_000); // so that they are due one after the other
    }
    delays.clear();
    for (Connection each : many) {
      assertThat(each.answered.await(30, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(delays).as("times that the timer was set").hasSizeLessThan(5 * checks);
  }

  /** One may fail because the process can create no thread. */
  @Test
  void endsTheOthersThoughOneFails() throws Exception {
    isRefused = false;
    Connection next = new Connection(2);
    CountDownLatch ended = new CountDownLatch(1);
    ends.add(
        (end, isGivenUp) -> {
          if (next.answered.getCount() > 0) {
            throw new OutOfMemoryError("unable to create native thread");
          }
          ended.countDown();
          return true;
        },
        "shutdownOutput");
    ends.add(next, "close");
    assertThat(next.answered.await(30, TimeUnit.SECONDS)).isTrue();
    assertThat(ended.await(30, TimeUnit.SECONDS)).isTrue();
  }
}
