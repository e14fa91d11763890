package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.OneConnectionServer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class BackOffTest {
  private static final Duration INSTANT = Duration.ofNanos(1);

  /** A clock may begin anywhere: this one soon becomes negative. */
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 5_000_000_000L);

  private final BackOff backOff = new BackOff(clock::get, 3);

  private static InetSocketAddress destination(int port) {
    return new InetSocketAddress(OneConnectionServer.loopback(), port);
  }

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  /** What a connect does that is allowed to try, and loses its SYN. */
  private void tryAndLose(InetSocketAddress destination) {
    assertThat(backOff.admits(destination)).isTrue();
    backOff.lost(destination);
  }

  private void expectAWaitOf(Duration wait) {
    assertThat(backOff.admits(destination(1))).isFalse();
    pass(wait.minus(INSTANT));
    assertThat(backOff.admits(destination(1))).isFalse();
    pass(INSTANT);
  }

  @Test
  void admitsAllWhileNothingIsLost() {
    backOff.answered(destination(1));

    assertThat(backOff.admits(destination(1))).isTrue();
    assertThat(backOff.remembers(destination(1))).isFalse();
    assertThat(backOff.destinations()).isZero();
  }

  @Test
  void waitsLongerAfterEachLossUpToAnHour() {
    tryAndLose(destination(1));
    for (int minutes : new int[] {1, 2, 4, 8, 16, 32, 60, 60}) {
      expectAWaitOf(Duration.ofMinutes(minutes));
      tryAndLose(destination(1));
    }
  }

  @Test
  void concernsOneAddressAndPort() {
    tryAndLose(destination(1));

    assertThat(backOff.admits(destination(1))).isFalse();
    assertThat(backOff.admits(destination(2))).isTrue();
    assertThat(backOff.admits(new InetSocketAddress("192.0.2.1", 1))).isTrue();
    assertThat(backOff.destinations()).isOne();
  }

  @Test
  void aSynThatIsAnsweredForgetsAllLosses() {
    tryAndLose(destination(1));
    expectAWaitOf(BackOff.FIRST);
    tryAndLose(destination(1));
    expectAWaitOf(BackOff.FIRST.multipliedBy(2));
    assertThat(backOff.admits(destination(1))).isTrue();

    backOff.answered(destination(1));

    assertThat(backOff.admits(destination(1))).isTrue();
    assertThat(backOff.remembers(destination(1))).isFalse();
    tryAndLose(destination(1));
    expectAWaitOf(BackOff.FIRST);
  }

  @Test
  void connectsThatBeganTogetherLoseOnce() {
    for (int i = 0; i < 10; i++) {
      backOff.lost(destination(1));
      pass(Duration.ofSeconds(1));
    }

    pass(BackOff.FIRST.minusSeconds(10));
    assertThat(backOff.admits(destination(1))).isTrue();
  }

  @Test
  void afterAWaitOneConnectTriesForAll() {
    tryAndLose(destination(1));
    pass(BackOff.FIRST);
    assertThat(backOff.remembers(destination(1))).isTrue();
    assertThat(backOff.admits(destination(1))).isTrue();

    assertThat(backOff.admits(destination(1))).isFalse();
    assertThat(backOff.destinations()).isOne();
    pass(BackOff.TRIAL);
    assertThat(backOff.admits(destination(1))).as("the first trial has no result").isTrue();
    backOff.lost(destination(1));
    expectAWaitOf(BackOff.FIRST.multipliedBy(2));
  }

  @Test
  void countsTheDestinationsThatWait() {
    tryAndLose(destination(1));
    pass(BackOff.FIRST.dividedBy(2));
    tryAndLose(destination(2));
    assertThat(backOff.destinations()).isEqualTo(2);

    pass(BackOff.FIRST.dividedBy(2));

    assertThat(backOff.destinations()).isOne();
  }

  @Test
  void forgetsWhatWasLostLongestAgoWhereItIsFull() {
    for (int port : new int[] {1, 2, 3}) {
      tryAndLose(destination(port));
      pass(INSTANT);
    }
    pass(BackOff.FIRST);
    tryAndLose(destination(1));
    pass(INSTANT);

    tryAndLose(destination(4));

    assertThat(IntStream.rangeClosed(1, 4).filter(port -> backOff.remembers(destination(port))))
        .containsExactly(1, 3, 4);
  }

  @Test
  void remembersNothingWhereItIsSwitchedOff() {
    BackOff off = new BackOff(clock::get, 0);

    off.lost(destination(1));

    assertThat(off.isOff()).isTrue();
    assertThat(off.admits(destination(1))).isTrue();
    assertThat(off.destinations()).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"false", "FALSE", "true", "", "off"})
  void isSwitchedOffByFalseAlone(String value) {
    System.setProperty("io.tfo.backoff", value);
    try {
      assertThat(BackOff.system().isOff()).isEqualTo(value.equalsIgnoreCase("false"));
    } finally {
      System.clearProperty("io.tfo.backoff");
    }
    assertThat(BackOff.system().isOff()).isFalse();
  }

  @Test
  void ofManyThreadsAfterAWaitOneIsAdmittedAndOneLossCounts() throws Exception {
    int threads = 8;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    CyclicBarrier together = new CyclicBarrier(threads);
    try {
      Duration wait = BackOff.FIRST;
      backOff.lost(destination(1));
      for (int round = 0; round < 4; round++) {
        pass(wait);
        Callable<Boolean> connect =
            () -> {
              together.await(20, TimeUnit.SECONDS);
              return backOff.admits(destination(1));
            };
        int admitted = 0;
        for (Future<Boolean> each :
            IntStream.range(0, threads).mapToObj(i -> executor.submit(connect)).toList()) {
          admitted += each.get(20, TimeUnit.SECONDS) ? 1 : 0;
        }
        assertThat(admitted).isOne();
        Callable<Boolean> lose =
            () -> {
              together.await(20, TimeUnit.SECONDS);
              backOff.lost(destination(1));
              return true;
            };
        for (Future<Boolean> each :
            IntStream.range(0, threads).mapToObj(i -> executor.submit(lose)).toList()) {
          assertThat(each.get(20, TimeUnit.SECONDS)).isTrue();
        }
        wait = wait.multipliedBy(2);
        expectAWaitOf(wait);
        pass(wait.negated());
      }
    } finally {
      executor.shutdownNow();
    }
  }

  @Test
  void staysBoundedWhereManyThreadsLoseAtOnce() throws Exception {
    int threads = 8;
    ExecutorService executor = Executors.newFixedThreadPool(threads);
    try {
      Future<?>[] losing = new Future<?>[threads];
      for (int i = 0; i < threads; i++) {
        int first = 1 + i * 1000;
        losing[i] =
            executor.submit(
                () -> {
                  for (int port = first; port < first + 1000; port++) {
                    backOff.lost(destination(port));
                  }
                });
      }
      for (Future<?> each : losing) {
        each.get(30, TimeUnit.SECONDS);
      }
      assertThat(backOff.destinations()).isBetween(1L, 3L);
    } finally {
      executor.shutdownNow();
    }
  }
}
