package io.tfo.cli;

import static io.tfo.FastOpenOutcome.COOKIE_REQUESTED;
import static io.tfo.FastOpenOutcome.NOT_ATTEMPTED;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiagnosisTest {
  @ParameterizedTest
  @CsvSource({
    "COOKIE_REQUESTED SYN_DATA_ACKED,Connect 2 carried its data",
    "SYN_DATA_ACKED SYN_DATA_NOT_ACKED,Connect 1 carried its data",
    "COOKIE_REQUESTED SYN_DATA_NOT_ACKED,the server did not acknowledge",
    "COOKIE_REQUESTED SYN_DATA_NOT_ACKED,a cookie belongs to the address",
    "COOKIE_REQUESTED SYN_RETRANSMITTED NOT_ATTEMPTED,the network drops SYNs with data",
    "COOKIE_REQUESTED,the next one shows",
    "COOKIE_REQUESTED COOKIE_REQUESTED,The server sends no cookie",
    "UNKNOWN UNKNOWN,does not report the outcome",
    "NOT_ATTEMPTED NOT_ATTEMPTED,No connect used TCP Fast Open. Client side: DISABLED: fake: off"
  })
  void explainsTheOutcomes(String outcomes, String explanation) {
    assertThat(
            Diagnosis.of(
                Arrays.stream(outcomes.split(" ", -1))
                    .map(FastOpenOutcome::valueOf)
                    .map(outcome -> exchange(outcome, 0, 0))
                    .toList(),
                WhyPlain.text(FakeReport.OFF, Set.of())))
        .containsIgnoringCase(explanation);
  }

  @Test
  void findsALostRequestForACookieByItsTime() {
    assertThat(diagnosis(exchange(COOKIE_REQUESTED, 1030, 1039), exchange(NOT_ATTEMPTED, 9, 18)))
        .contains("a firewall drops the option");
    assertThat(
            diagnosis(
                exchange(COOKIE_REQUESTED, 1030, 1039), exchange(COOKIE_REQUESTED, 1196, 1206)))
        .contains("a firewall drops the option");
  }

  @Test
  void takesALongRoundTripForNoLoss() {
    assertThat(
            diagnosis(
                exchange(COOKIE_REQUESTED, 1200, 2400), exchange(COOKIE_REQUESTED, 1200, 2400)))
        .contains("The server sends no cookie");
  }

  @Test
  void takesARequestThatIsAnsweredInTimeForAPathThatLetsTheOptionPass() {
    assertThat(diagnosis(exchange(COOKIE_REQUESTED, 1030, 1039), exchange(COOKIE_REQUESTED, 9, 18)))
        .contains("The server sends no cookie");
  }

  private static String diagnosis(Exchange... exchanges) {
    return Diagnosis.of(List.of(exchanges), "");
  }

  private static Exchange exchange(FastOpenOutcome outcome, long connect, long reply) {
    return new Exchange(outcome, Duration.ofMillis(connect), Duration.ofMillis(reply));
  }
}
