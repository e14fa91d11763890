package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
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
    "timeout slow NOT_ATTEMPTED, OPTION_DROPPED",
    "timeout SYN_RETRANSMITTED, DROPPED",
    "slow COOKIE_REQUESTED COOKIE_REQUESTED, NO_COOKIE",
    "COOKIE_REQUESTED slow NOT_ATTEMPTED, NO_COOKIE",
    "slow timeout NOT_ATTEMPTED, OPTION_DROPPED",
    "timeout COOKIE_REQUESTED COOKIE_REQUESTED, NO_COOKIE",
    "COOKIE_REQUESTED COOKIE_REQUESTED timeout, NO_COOKIE",
    "timeout NOT_ATTEMPTED timeout, LOST",
    "slowUnknown UNKNOWN UNKNOWN, LOST",
    "COOKIE_REQUESTED refused NOT_ATTEMPTED, RESET",
    "COOKIE_REQUESTED unreachable NOT_ATTEMPTED, RESET",
    "unreachable NOT_ATTEMPTED, RESET",
    "unreachableNetwork NOT_ATTEMPTED, RESET",
    "COOKIE_REQUESTED late, DROPPED",
    "COOKIE_REQUESTED reset SYN_DATA_ACKED, WORKS",
    "SYN_DATA_ACKED reset NOT_ATTEMPTED, WORKS",
    "SYN_DATA_ACKED reset SYN_DATA_NOT_ACKED, WORKS_NOT_ALWAYS",
    "SYN_DATA_ACKED reset timeout, WORKS_NOT_ALWAYS",
    "SYN_DATA_ACKED reset refused, WORKS_NOT_ALWAYS",
    "COOKIE_REQUESTED reset SYN_DATA_NOT_ACKED, NOT_ACKNOWLEDGED",
    "COOKIE_REQUESTED reset NOT_ATTEMPTED, CLOSED_AT_ONCE",
    "reset, CLOSED_AT_ONCE",
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
  @CsvSource({"refused", "timeout", "forbidden"})
  void saysNothingOfAServerThatCannotBeReached(String failure) {
    assertThat(ProbeFinding.of(List.of(connect(failure)), List.of(), Optional.empty()))
        .isEqualTo(ProbeFinding.UNREACHABLE);
  }

  @Test
  void takesAServerThatResetsOrdinaryConnectionsForOneThatAnswers() {
    List<ProbeConnect> plain = List.of(connect("reset"));

    assertThat(
            ProbeFinding.of(
                plain,
                List.of(connect("COOKIE_REQUESTED"), connect("reset")),
                Optional.of(connect("reset"))))
        .isEqualTo(ProbeFinding.CLOSED_AT_ONCE);
  }

  @Test
  void saysNothingOfAServerThatWentAwayBetweenOrdinaryConnects() {
    assertThat(
            ProbeFinding.of(
                List.of(connect(FastOpenOutcome.NOT_ATTEMPTED, 50), connect("refused")),
                List.of(),
                Optional.empty()))
        .isEqualTo(ProbeFinding.UNREACHABLE);
  }

  /** The SYN may have asked for a cookie only, and ICMP refuses, too. */
  @Test
  void saysOfARefusalNoMoreThanIsKnown() {
    assertThat(ProbeFinding.RESET.meaning)
        .contains("A connect with TCP Fast Open is refused", "ICMP")
        .doesNotContain("SYN with data");
  }

  @Test
  void namesTheLikelyCausesWhereDataIsNotAcknowledged() {
    assertThat(ProbeFinding.NOT_ACKNOWLEDGED.meaning)
        .contains("off at the server, or for this port", "0x4", "-Dio.tfo.withoutCookie")
        .doesNotContain("gave a cookie");
  }

  private static ProbeConnect connect(String kind) {
    return switch (kind) {
      case "slow" -> connect(FastOpenOutcome.COOKIE_REQUESTED, 1100);
      case "slowUnknown" -> connect(FastOpenOutcome.UNKNOWN, 1100);
      case "forbidden" -> failed(new SocketException("Operation not permitted"), 1);
      case "refused" -> failed(new ConnectException("Connection refused"), 50);
      case "unreachable" -> failed(new NoRouteToHostException("No route to host"), 50);
      case "unreachableNetwork" -> failed(new SocketException("Network is unreachable"), 50);
      case "late" -> failed(new ConnectException("Connection timed out"), 130_000);
      case "reset" -> failed(new SocketException("Connection reset"), 50);
      case "timeout" -> failed(new SocketTimeoutException("Connect timed out"), 5_000);
      default -> connect(FastOpenOutcome.valueOf(kind), 50);
    };
  }

  private static ProbeConnect connect(FastOpenOutcome outcome, long millis) {
    Duration time = Duration.ofMillis(millis);
    return new ProbeConnect(Optional.of(outcome), time, Optional.of(time), Optional.empty());
  }

  private static ProbeConnect failed(IOException failure, long millis) {
    return new ProbeConnect(
        Optional.empty(), Duration.ofMillis(millis), Optional.empty(), Optional.of(failure));
  }
}
