package io.tfo.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class KnownDestinationsTest {
  private static final Duration DAY = Duration.ofDays(1);
  private static final InetSocketAddress ONE = BackOffSimulation.destination(1, 1);
  private static final InetSocketAddress ANOTHER = BackOffSimulation.destination(1, 2);
  private static final Duration LONGEST = Duration.ofSeconds(1);

  /** A clock may begin anywhere. */
  private static final long NOW = Long.MAX_VALUE - 5;

  private final KnownDestinations known = new KnownDestinations(2, LONGEST);

  @Test
  void knowsWhatWasAddedUntilItsTimeIsOver() {
    known.add(ONE, NOW);

    assertThat(known.contains(ONE, NOW + LONGEST.toNanos() - 1)).isTrue();
    assertThat(known.contains(ANOTHER, NOW)).isFalse();
    assertThat(known.contains(ONE, NOW + LONGEST.toNanos())).isFalse();
    assertThat(known.contains(ONE, NOW)).as("forgotten for good").isFalse();
  }

  @Test
  void knowsALinkLocalAddressBehindOneInterfaceOnly() throws Exception {
    InetSocketAddress there = BackOffSimulation.linkLocal(1, 80);
    InetSocketAddress elsewhere = BackOffSimulation.linkLocal(2, 80);
    assertThat(there).as("for the JDK").isEqualTo(elsewhere);
    known.add(there, NOW);

    assertThat(known.contains(there, NOW)).isTrue();
    assertThat(known.contains(elsewhere, NOW)).isFalse();
    known.remove(elsewhere);
    assertThat(known.contains(there, NOW)).isTrue();
    known.remove(there);
    assertThat(known.contains(there, NOW)).isFalse();
  }

  @Test
  void knowsWhatIsAddedAgainAfterItsTime() {
    known.add(ONE, NOW);
    known.add(ONE, NOW + LONGEST.toNanos() - 1);
    assertThat(known.contains(ONE, NOW + LONGEST.toNanos())).as("by its first time").isFalse();

    known.add(ONE, NOW + LONGEST.toNanos());
    assertThat(known.contains(ONE, NOW + LONGEST.toNanos())).isTrue();
  }

  @Test
  void forgetsFirstADestinationThatWasNotAskedForWhereTheSetIsFull() {
    known.add(ONE, NOW);
    known.add(ANOTHER, NOW);
    assertThat(known.contains(ONE, NOW)).isTrue();

    known.add(BackOffSimulation.destination(1, 3), NOW);

    assertThat(known.contains(ONE, NOW)).isTrue();
    assertThat(known.contains(ANOTHER, NOW)).isFalse();
  }

  @Test
  void forgetsWhatIsRemoved() {
    known.add(ONE, NOW);
    known.add(ANOTHER, NOW);

    known.remove(ONE);

    assertThat(known.contains(ONE, NOW)).isFalse();
    assertThat(known.contains(ANOTHER, NOW)).isTrue();
  }

  private static InetSocketAddress destination(int number) {
    return BackOffSimulation.destination(number, 1);
  }

  private static long held(KnownDestinations known, int count) {
    return IntStream.range(0, count).filter(i -> known.contains(destination(i), NOW)).count();
  }

  @Test
  void aHundredThousandDestinationsInTurnAreAllKeptWhereTheBoundIsTwiceThat() {
    int count = 100_000;
    KnownDestinations known = new KnownDestinations(2 * count, DAY);
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < count; i++) {
        known.add(destination(i), NOW);
      }
      assertThat(held(known, count)).isEqualTo(count);
    }
  }

  @Test
  void aDestinationThatIsUsedIsKeptWhileManyOthersComeAndGo() {
    KnownDestinations known = new KnownDestinations(100, DAY);
    InetSocketAddress used = destination(0);
    known.add(used, NOW);
    for (int i = 1; i < 10_000; i++) {
      known.add(destination(i), NOW);
      if (i % 25 == 0) {
        assertThat(known.contains(used, NOW)).as("after %d others", i).isTrue();
      }
      assertThat(known.size()).isBetween(Math.min(i, 50), 100);
    }
    assertThat(held(known, 10_000)).isBetween(50L, 100L);
  }

  @Test
  void useDoesNotLengthenTheTime() {
    KnownDestinations known = new KnownDestinations(2, DAY);
    known.add(destination(0), NOW);
    known.add(destination(1), NOW); // a new generation
    long soon = NOW + DAY.toNanos() - 1;
    assertThat(known.contains(destination(0), soon)).isTrue();

    assertThat(known.contains(destination(0), soon + 1)).isFalse();
    assertThat(known.contains(destination(0), NOW)).as("it was removed").isFalse();
  }

  @Test
  void aDestinationThatIsRemovedIsInNeitherGeneration() {
    KnownDestinations known = new KnownDestinations(2, DAY);
    known.add(destination(0), NOW);
    known.add(destination(1), NOW);
    assertThat(known.contains(destination(0), NOW)).as("it is in both").isTrue();

    known.remove(destination(0));

    assertThat(known.contains(destination(0), NOW)).isFalse();
  }

  /** A lost race would leave a dead server known, which its clients meet at their first write. */
  @ParameterizedTest(name = "bound {0}")
  @ValueSource(ints = {2, 4}) // with 2, each destination that is moved begins a new generation
  void aDestinationThatIsRemovedWhileOthersAskForItStaysRemoved(int bound) throws Exception {
    InetSocketAddress contended = destination(0);
    // If a look-up brought it back, every fifth round would show it.
    for (int i = 0; i < 200; i++) {
      KnownDestinations known = new KnownDestinations(bound, DAY);
      known.add(contended, NOW);
      CountDownLatch asking = new CountDownLatch(2);
      AtomicBoolean ends = new AtomicBoolean();
      List<Thread> askers =
          IntStream.rangeClosed(1, 2)
              .mapToObj(
                  n ->
                      new Thread(
                          () -> {
                            asking.countDown();
                            while (!ends.get()) {
                              known.contains(contended, NOW);
                              known.add(destination(n), NOW);
                            }
                          }))
              .toList();
      askers.forEach(Thread::start);
      asking.await();
      known.remove(contended);
      ends.set(true);
      for (Thread asker : askers) {
        asker.join();
      }
      assertThat(known.contains(contended, NOW)).as("round %d", i).isFalse();
    }
  }
}
