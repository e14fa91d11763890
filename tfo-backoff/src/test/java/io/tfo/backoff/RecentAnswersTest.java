package io.tfo.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RecentAnswersTest {
  private static final InetSocketAddress SERVER = BackOffSimulation.destination(1, 1);

  /** The number at which the clock begins: any number will do. */
  private static final long ORIGIN = -7_000_000_123L;

  private final RecentAnswers answers = new RecentAnswers(ORIGIN);

  private static long at(Duration sinceOrigin) {
    return ORIGIN + sinceOrigin.toNanos();
  }

  private static long atMilli(long millis) {
    return at(Duration.ofMillis(millis));
  }

  @Test
  void anAnswerIsAfterWhatBeganBeforeIt() {
    assertThat(answers.isAfter(SERVER, atMilli(0))).isFalse();
    answers.add(SERVER, atMilli(5));

    assertThat(answers.isAfter(SERVER, atMilli(4))).isTrue();
    assertThat(answers.isAfter(SERVER, atMilli(5))).isFalse();
  }

  @Test
  void theLatestAnswerCounts() {
    answers.add(SERVER, atMilli(5));
    answers.add(SERVER, atMilli(13));
    assertThat(answers.isAfter(SERVER, atMilli(12))).isTrue();

    answers.add(SERVER, atMilli(7));
    assertThat(answers.isAfter(SERVER, atMilli(12))).as("an older one comes late").isTrue();
  }

  @Test
  void anAnswerIsRecentForAnHour() {
    answers.add(SERVER, atMilli(5));

    assertThat(answers.has(SERVER, at(Duration.ofHours(1).plusMillis(4)))).isTrue();
    assertThat(answers.has(SERVER, at(Duration.ofHours(1).plusMillis(5)))).isFalse();
  }

  @Test
  void theSameLinkLocalAddressIsAnotherHostBehindEachInterface() throws Exception {
    answers.add(BackOffSimulation.linkLocal(1, 443), atMilli(5));

    assertThat(answers.has(BackOffSimulation.linkLocal(1, 443), atMilli(6))).isTrue();
    assertThat(answers.has(BackOffSimulation.linkLocal(2, 443), atMilli(6))).isFalse();
  }

  /**
   * If each destination had a slot of its own, that would be luck. If half of them had, the hash
   * would be bad.
   */
  @Test
  void destinationsThatFollowEachOtherSpreadOverTheSlots() {
    List<InetSocketAddress> ports =
        IntStream.range(0, 200).mapToObj(i -> BackOffSimulation.destination(1, 8000 + i)).toList();
    List<InetSocketAddress> hosts =
        IntStream.range(0, 200).mapToObj(i -> BackOffSimulation.destination(i, 443)).toList();

    for (List<InetSocketAddress> each : List.of(ports, hosts)) {
      RecentAnswers fresh = new RecentAnswers(ORIGIN);
      each.forEach(destination -> fresh.add(destination, atMilli(5)));
      assertThat(each.stream().filter(one -> fresh.has(one, atMilli(6))).count())
          .isGreaterThanOrEqualTo(170);
    }
  }
}
