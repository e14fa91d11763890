package io.tfo.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SuspicionTest {
  private static final InetSocketAddress SERVER = BackOffSimulation.destination(1, 1);

  private final AtomicLong clock = new AtomicLong();
  private final BackOff backOff = new BackOff(clock::get, 100);

  /** Lets some time pass, and returns when it began. */
  private long start() {
    return clock.getAndAdd(Duration.ofMillis(200).toNanos());
  }

  private static long millis(long millis) {
    return Duration.ofMillis(millis).toNanos();
  }

  private boolean admits() {
    return backOff.admits(SERVER, 0);
  }

  @Test
  void anAnswerToASynWithoutDataSaysNothingOfOneWithDataThatFailed() {
    backOff.failed(SERVER, start(), true);

    backOff.answered(SERVER, start(), false);

    assertThat(backOff.isSuspected(SERVER)).isTrue();
  }

  @Test
  void anAnswerToASynWithoutDataEndsTheSuspicionOfOneWithoutData() {
    backOff.failed(SERVER, start(), false);

    backOff.answered(SERVER, start(), false);

    assertThat(backOff.isSuspected(SERVER)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void ofTwoConnectsThatFailTheOneWithDataCounts(boolean isFirst) {
    backOff.failed(SERVER, start(), isFirst);
    backOff.failed(SERVER, start(), !isFirst);

    backOff.answered(SERVER, start(), false);

    assertThat(backOff.isSuspected(SERVER)).isTrue();
  }

  @Test
  void ofTwoConnectsThatAreGivenUpTheMorePatientOneDecides() {
    backOff.unanswered(SERVER, start(), true, millis(50));
    backOff.unanswered(SERVER, start(), true, millis(400));

    backOff.plainAnswered(SERVER, start(), millis(200));

    assertThat(backOff.remembers(SERVER)).as("one loss").isTrue();
    assertThat(admits()).isTrue();
  }

  @Test
  void ofTwoConnectsThatAreGivenUpTheLessPatientOneIsRemembered() {
    backOff.unanswered(SERVER, start(), true, millis(3000));
    backOff.unanswered(SERVER, start(), true, millis(700));
    backOff.plainAnswered(SERVER, start(), millis(200));
    backOff.retransmitted(SERVER, start(), true);
    clock.addAndGet(BackOff.FIRST.toNanos());

    assertThat(admits()).as("tries, though it may give up too soon").isFalse();
  }

  @Test
  void aPlainConnectWithoutAnAnswerEndsTheSuspicionThoughTheOtherWaitedLonger() {
    backOff.unanswered(SERVER, start(), true, millis(20_000));

    backOff.plainFailed(SERVER, start(), Suspicion.CONTROL.toNanos() - 1);
    assertThat(backOff.isSuspected(SERVER)).isTrue();
    backOff.plainFailed(SERVER, start(), Suspicion.CONTROL.toNanos());

    assertThat(backOff.isSuspected(SERVER)).isFalse();
  }

  @Test
  void aCertainLossAfterASuspicionIsTheFirstOne() {
    backOff.failed(SERVER, start(), true);

    backOff.retransmitted(SERVER, start(), true);

    assertThat(backOff.isSuspected(SERVER)).isFalse();
    assertThat(admits()).isTrue();
    backOff.retransmitted(SERVER, start(), true);
    assertThat(admits()).as("after the second one").isFalse();
  }

  @Test
  void aSuspicionAfterOneThatHasEndedIsDecidedByAPlainConnect() {
    backOff.retransmitted(SERVER, start(), true);
    backOff.failed(SERVER, start(), true);
    assertThat(admits()).isFalse();
    clock.addAndGet(Suspicion.CONTROL.toNanos());
    assertThat(admits()).as("the plain connect was not answered").isTrue();

    backOff.failed(SERVER, start(), true);

    assertThat(admits()).isFalse();
  }

  @Test
  void aSuspicionOfTheDayBeforeIsForgotten() {
    backOff.failed(SERVER, start(), true);
    clock.addAndGet(Duration.ofDays(1).toNanos());

    assertThat(admits()).isTrue();
    assertThat(backOff.remembers(SERVER)).isFalse();
  }

  @Test
  void aLossOfTheDayBeforeIsKeptWithALaterSuspicion() {
    backOff.retransmitted(SERVER, start(), true);
    clock.addAndGet(Duration.ofHours(23).toNanos());
    backOff.failed(SERVER, start(), true);
    clock.addAndGet(Duration.ofHours(2).toNanos());

    assertThat(admits()).isFalse();
  }

  @Test
  void anAnswerToAnEarlierSynSaysNothingOfALoss() {
    long before = start();
    backOff.retransmitted(SERVER, start(), true);

    backOff.answered(SERVER, before, true);

    assertThat(backOff.remembers(SERVER)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void ofTwoLossesTheOneWithDataCounts(boolean isFirst) {
    backOff.retransmitted(SERVER, start(), isFirst);
    backOff.retransmitted(SERVER, start(), !isFirst);

    backOff.answered(SERVER, start(), false);

    assertThat(admits()).isFalse();
  }

  @Test
  void anAnswerOfOneDestinationIsNoAnswerOfAnother() {
    InetSocketAddress another = BackOffSimulation.destination(1, 2);
    long before = start();
    long later = start();
    backOff.answered(SERVER, later, true);
    backOff.answered(another, later, true);

    backOff.retransmitted(SERVER, before, true);

    assertThat(backOff.remembers(SERVER)).as("a loss before its answer").isFalse();
    backOff.retransmitted(BackOffSimulation.destination(1, 3), before, true);
    assertThat(backOff.remembers(BackOffSimulation.destination(1, 3))).isTrue();
  }
}
