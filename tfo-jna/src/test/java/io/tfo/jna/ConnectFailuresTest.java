package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.backoff.BackOff;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the end of a connect, with an exception or without, tells the back-off about the SYN. */
class ConnectFailuresTest {
  private static final InetSocketAddress SERVER =
      new InetSocketAddress(OneConnectionServer.loopback(), 1);
  private static final Duration WAITED = Duration.ofMillis(20);

  private final AtomicLong clock = new AtomicLong();
  private final BackOff backOff = new BackOff(clock::get, 10);
  private final SynLossDetector detector = new SynLossDetector(backOff);

  private void pass(Duration time) {
    clock.addAndGet(time.toNanos());
  }

  static Stream<IOException> ofTheProgram() {
    return Stream.of(
        new SocketTimeoutException("Connect timed out"),
        new InterruptedIOException(),
        new SocketException("Socket closed"),
        new SocketException("Closed by interrupt"),
        new AsynchronousCloseException(),
        new ClosedByInterruptException());
  }

  static Stream<IOException> ofTheNetwork() {
    return Stream.of(
        new ConnectException("Connection refused"),
        new ConnectException("closed is the port"),
        new NoRouteToHostException("No route to host"),
        new SocketException("Connection reset"),
        new SocketException());
  }

  @ParameterizedTest
  @MethodSource("ofTheProgram")
  void aConnectThatTheProgramGivesUpAtOnceSaysNothing(IOException failure) {
    detector.failed(SERVER, detector.now(), true, failure);
    assertThat(detector.isSuspected(SERVER)).isFalse();

    long start = detector.now();
    pass(WAITED);
    detector.failed(SERVER, start, true, failure);
    assertThat(detector.isSuspected(SERVER)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("ofTheNetwork")
  void aConnectThatFailsIsSuspectHoweverSoon(IOException failure) {
    detector.failed(SERVER, detector.now(), true, failure);

    assertThat(detector.isSuspected(SERVER)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("ofTheProgram")
  void aPlainConnectThatTheProgramGivesUpSoonerDecidesNothing(IOException failure) {
    giveUp();

    detector.plainFailed(SERVER, detector.now(), failure);

    assertThat(detector.isSuspected(SERVER)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("ofTheNetwork")
  void aPlainConnectThatFailsEndsTheSuspicionHoweverSoon(IOException failure) {
    giveUp();

    detector.plainFailed(SERVER, detector.now(), failure);

    assertThat(detector.isSuspected(SERVER)).isFalse();
  }

  @Test
  void aPlainConnectThatEndsWithoutAnAnswerEndsTheSuspicion() {
    giveUp();

    detector.plainAbandoned(SERVER, detector.now());

    assertThat(detector.isSuspected(SERVER)).isFalse();
  }

  /** The time of the answer is not known: no thread looked for it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aPlainAnswerOfUnknownTimeCountsAsImmediateOnlyWithinASynTimeout(boolean inTime) {
    giveUp();
    long start = detector.now();
    pass(inTime ? BackOff.SYN_TIMEOUT.minusNanos(1) : BackOff.SYN_TIMEOUT);

    detector.plainAnsweredBefore(SERVER, start);

    assertThat(detector.remembers(SERVER)).as("one loss").isEqualTo(inTime);
  }

  /** The channel does not show whether it was refused or closed. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aConnectThatEndsAtOnceCountsAsRefused(boolean atOnce) {
    long start = detector.now();
    pass(atOnce ? BackOff.SHORTEST.minusNanos(1) : BackOff.SHORTEST);
    detector.closed(SERVER, start, true);
    assertThat(detector.isSuspected(SERVER)).isTrue();

    start = detector.now() + 1;
    pass(Duration.ofSeconds(2));
    detector.plainAnswered(SERVER, start);

    assertThat(detector.remembers(SERVER)).as("the answer may be later").isEqualTo(atOnce);
  }

  private void giveUp() {
    long start = detector.now();
    pass(WAITED);
    detector.abandoned(SERVER, start, true);
    assertThat(detector.isSuspected(SERVER)).isTrue();
  }
}
