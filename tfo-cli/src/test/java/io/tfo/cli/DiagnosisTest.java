package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
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
                    .map(outcome -> new Exchange(outcome, Duration.ZERO, Duration.ZERO))
                    .toList(),
                WhyPlain.text(FakeReport.OFF, Set.of())))
        .containsIgnoringCase(explanation);
  }
}
