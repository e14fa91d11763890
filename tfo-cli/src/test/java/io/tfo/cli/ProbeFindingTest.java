package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeFindingTest {
  @ParameterizedTest
  @CsvSource({
    "COOKIE_REQUESTED SYN_DATA_ACKED SYN_DATA_ACKED, WORKS",
    "SYN_DATA_ACKED, WORKS",
    "SYN_DATA_NOT_ACKED SYN_DATA_ACKED SYN_DATA_ACKED, WORKS",
    "COOKIE_REQUESTED SYN_DATA_ACKED SYN_DATA_NOT_ACKED, WORKS_NOT_ALWAYS",
    "COOKIE_REQUESTED SYN_RETRANSMITTED NOT_ATTEMPTED, DROPPED",
    "COOKIE_REQUESTED timeout NOT_ATTEMPTED, DROPPED",
    "slow NOT_ATTEMPTED NOT_ATTEMPTED, OPTION_DROPPED",
    "timeout NOT_ATTEMPTED, OPTION_DROPPED",
    "COOKIE_REQUESTED refused NOT_ATTEMPTED, RESET",
    "COOKIE_REQUESTED SYN_DATA_NOT_ACKED SYN_DATA_NOT_ACKED, NOT_ACKNOWLEDGED",
    "COOKIE_REQUESTED COOKIE_REQUESTED, NO_COOKIE",
    "COOKIE_REQUESTED, ONE_CONNECT",
    "NOT_ATTEMPTED NOT_ATTEMPTED, OFF_HERE",
    "UNKNOWN UNKNOWN, NOT_TOLD"
  })
  void isDrawnFromTheOutcomes(String connects, ProbeFinding finding) {
    List<ProbeConnect> plain = List.of(connect(FastOpenOutcome.NOT_ATTEMPTED, 50));

    assertThat(
            ProbeFinding.of(
                plain,
                Arrays.stream(connects.split(" ", -1)).map(ProbeFindingTest::connect).toList(),
                Optional.of(connect(FastOpenOutcome.NOT_ATTEMPTED, 50))))
        .isEqualTo(finding);
  }

  @ParameterizedTest
  @CsvSource({"refused", "timeout", "COOKIE_REQUESTED refused", "COOKIE_REQUESTED timeout"})
  void blamesNoPathForAServerThatHasGoneMeanwhile(String connects) {
    List<ProbeConnect> fast =
        Arrays.stream(connects.split(" ", -1)).map(ProbeFindingTest::connect).toList();

    assertThat(
            ProbeFinding.of(
                List.of(connect(FastOpenOutcome.NOT_ATTEMPTED, 50)),
                fast,
                Optional.of(connect("refused"))))
        .isEqualTo(ProbeFinding.UNREACHABLE);
  }

  @ParameterizedTest
  @CsvSource({"refused", "timeout"})
  void saysNothingOfAServerThatCannotBeReached(String failure) {
    assertThat(ProbeFinding.of(List.of(connect(failure)), List.of(), Optional.empty()))
        .isEqualTo(ProbeFinding.UNREACHABLE);
  }

  private static ProbeConnect connect(String kind) {
    return switch (kind) {
      case "slow" -> connect(FastOpenOutcome.COOKIE_REQUESTED, 1100);
      case "refused" -> failed(new ConnectException("Connection refused"));
      case "timeout" -> failed(new SocketTimeoutException());
      default -> connect(FastOpenOutcome.valueOf(kind), 50);
    };
  }

  private static ProbeConnect connect(FastOpenOutcome outcome, long millis) {
    Duration time = Duration.ofMillis(millis);
    return new ProbeConnect(Optional.of(outcome), time, Optional.of(time), Optional.empty());
  }

  private static ProbeConnect failed(IOException failure) {
    return new ProbeConnect(
        Optional.empty(), Duration.ofSeconds(5), Optional.empty(), Optional.of(failure));
  }
}
