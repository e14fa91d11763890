package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A process that can have no further thread: the timer throws what the JDK throws then. */
@Timeout(60)
class DelayedEndsTest {
  private volatile boolean isRefused = true;

  private final DelayedEnds ends =
      new DelayedEnds() {
        @Override
        void runLater(Runnable check) {
          if (isRefused) {
            throw new OutOfMemoryError("unable to create native thread");
          }
          super.runLater(check);
        }
      };

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
    Connection connection = new Connection(3);
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
}
