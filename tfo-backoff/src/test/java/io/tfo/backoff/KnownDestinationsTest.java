package io.tfo.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class KnownDestinationsTest {
  private static final InetSocketAddress ONE = Simulation.destination(1, 1);
  private static final InetSocketAddress ANOTHER = Simulation.destination(1, 2);
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
  void knowsWhatIsAddedAgainAfterItsTime() {
    known.add(ONE, NOW);
    known.add(ONE, NOW + LONGEST.toNanos() - 1);
    assertThat(known.contains(ONE, NOW + LONGEST.toNanos())).as("by its first time").isFalse();

    known.add(ONE, NOW + LONGEST.toNanos());
    assertThat(known.contains(ONE, NOW + LONGEST.toNanos())).isTrue();
  }

  @Test
  void beginsAnewWhereItIsFull() {
    known.add(ONE, NOW);
    known.add(ANOTHER, NOW);
    assertThat(known.contains(ONE, NOW)).isTrue();

    known.add(Simulation.destination(1, 3), NOW);

    assertThat(known.contains(ONE, NOW)).isFalse();
    assertThat(known.contains(ANOTHER, NOW)).isFalse();
    assertThat(known.contains(Simulation.destination(1, 3), NOW)).isTrue();
  }

  @Test
  void forgetsWhatIsRemoved() {
    known.add(ONE, NOW);
    known.add(ANOTHER, NOW);

    known.remove(ONE);

    assertThat(known.contains(ONE, NOW)).isFalse();
    assertThat(known.contains(ANOTHER, NOW)).isTrue();
  }
}
