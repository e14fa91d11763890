package io.tfo.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/**
 * How the back-off of a destination depends on the back-off of its address and of all addresses.
 */
class ScopesTest {
  private static final InetSocketAddress ONE = BackOffSimulation.destination(1, 1);
  private static final InetSocketAddress ANOTHER = BackOffSimulation.destination(1, 2);
  private static final InetSocketAddress THIRD = BackOffSimulation.destination(1, 3);

  private final AtomicLong clock = new AtomicLong();
  private final BackOff backOff = new BackOff(clock::get, 100);

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  private boolean admits(InetSocketAddress destination) {
    return backOff.admits(destination, 0);
  }

  private void lose(InetSocketAddress destination, boolean withData) {
    long start = clock.getAndAdd(Duration.ofMillis(200).toNanos());
    backOff.retransmitted(destination, start, withData);
  }

  private void loseTwice(InetSocketAddress destination) {
    lose(destination, true);
    lose(destination, true);
  }

  @Test
  void aDestinationThatWaitsLongerThanItsAddressWaitsOn() {
    loseTwice(ONE);
    pass(BackOff.FIRST);
    assertThat(admits(ONE)).isTrue();
    lose(ONE, true); // waits 12 seconds
    loseTwice(ANOTHER);

    pass(BackOff.FIRST);

    assertThat(admits(ONE)).isFalse();
    assertThat(admits(THIRD)).as("tries for the address").isTrue();
  }

  @Test
  void aSuspectedDestinationIsTriedPlainlyFirstThoughItsAddressWaitsNoLonger() {
    loseTwice(ONE);
    loseTwice(ANOTHER);
    pass(BackOff.FIRST);
    backOff.failed(THIRD, clock.get(), true);

    assertThat(admits(THIRD)).isFalse();
    assertThat(admits(BackOffSimulation.destination(1, 4))).isTrue();
  }

  @Test
  void aSuspicionThatHasEndedLeavesTheDecisionToTheAddress() {
    backOff.failed(THIRD, clock.get(), true);
    assertThat(admits(THIRD)).isFalse();
    pass(Suspicion.CONTROL.minusSeconds(1));
    loseTwice(ONE);
    loseTwice(ANOTHER);
    pass(Duration.ofSeconds(1));

    assertThat(admits(THIRD)).isFalse();
    assertThat(backOff.isSuspected(THIRD)).isFalse();
  }

  @Test
  void aDestinationThatIsLostAgainAfterItsAnswerSpeaksForItselfAlone() {
    lose(ONE, false);
    lose(ONE, false);
    backOff.answered(ONE, clock.get(), false);
    assertThat(backOff.remembers(ONE)).isFalse();
    pass(Duration.ofSeconds(1));

    lose(ONE, false);
    lose(ONE, false);

    assertThat(admits(ANOTHER)).isTrue();
  }

  @Test
  void twoPortsThatAreLostADayApartSpeakForThemselves() {
    loseTwice(ONE);
    pass(Duration.ofDays(1));

    loseTwice(ANOTHER);

    assertThat(admits(THIRD)).isTrue();
  }

  @Test
  void aDayLaterTheNextTwoPortsSpeakForTheirAddress() {
    loseTwice(ONE);
    pass(Duration.ofDays(1));

    loseTwice(ANOTHER);
    loseTwice(THIRD);

    assertThat(admits(BackOffSimulation.destination(1, 4))).isFalse();
  }

  @Test
  void theSameLinkLocalAddressIsAnotherHostBehindEachInterface() throws Exception {
    loseTwice(BackOffSimulation.linkLocal(1, 443));
    assertThat(admits(BackOffSimulation.linkLocal(1, 443))).isFalse();
    assertThat(admits(BackOffSimulation.linkLocal(2, 443))).isTrue();
    assertThat(backOff.remembers(BackOffSimulation.linkLocal(2, 443))).isFalse();

    loseTwice(BackOffSimulation.linkLocal(1, 80));
    assertThat(admits(BackOffSimulation.linkLocal(1, 22))).as("by its address").isFalse();
    assertThat(admits(BackOffSimulation.linkLocal(2, 22))).isTrue();
    assertThat(backOff.destinations()).isEqualTo(2);
  }

  @Test
  void aSuspicionOfALinkLocalAddressIsDecidedBehindItsInterface() throws Exception {
    backOff.failed(BackOffSimulation.linkLocal(1, 443), clock.get(), true);
    pass(Duration.ofMillis(1));
    assertThat(admits(BackOffSimulation.linkLocal(1, 443))).isFalse();
    assertThat(backOff.isSuspected(BackOffSimulation.linkLocal(2, 443))).isFalse();

    backOff.plainFailed(BackOffSimulation.linkLocal(1, 443), clock.get(), Long.MAX_VALUE);
    assertThat(admits(BackOffSimulation.linkLocal(1, 443))).isTrue();
  }

  @Test
  void aLostTrialForAllMakesAllWaitFourTimesAsLong() {
    loseTwice(ONE);
    loseTwice(BackOffSimulation.destination(2, 1));
    pass(BackOff.FIRST);
    InetSocketAddress trial = BackOffSimulation.destination(3, 1);
    assertThat(admits(trial)).as("tries for all").isTrue();
    lose(trial, true);

    InetSocketAddress other = BackOffSimulation.destination(4, 1);
    pass(BackOff.FIRST.multipliedBy(4).minusNanos(1));
    assertThat(admits(other)).isFalse();
    pass(Duration.ofNanos(1));
    assertThat(admits(other)).isTrue();
  }
}
