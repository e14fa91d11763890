package io.tfo.cli;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * One connect of a probe, with its times. The server need not answer.
 *
 * @param outcome the outcome that the kernel reports; {@code NOT_ATTEMPTED} for a plain connect;
 *     empty if the connect failed, or the connection was reset before the connect returned
 * @param connected from the start to the return of the connect, or to its failure
 * @param reply from the start to the first byte or the end of the stream; empty if neither came
 * @param failure the exception of the connect, or of the writing and reading after it
 */
record ProbeConnect(
    Optional<FastOpenOutcome> outcome,
    Duration connected,
    Optional<Duration> reply,
    Optional<IOException> failure) {

  static ProbeConnect plain(InetSocketAddress server, byte[] data, Duration timeout)
      throws IOException {
    return run(
        channel -> {
          channel.socket().connect(server, millis(timeout));
          channel.write(ByteBuffer.wrap(data));
        },
        channel -> FastOpenOutcome.NOT_ATTEMPTED,
        timeout);
  }

  static ProbeConnect fast(
      FastOpenConnector connector, InetSocketAddress server, byte[] data, Duration timeout)
      throws IOException {
    return run(
        channel -> connector.connect(channel, server, ByteBuffer.wrap(data), timeout),
        channel -> OutcomeText.read(connector::outcome, channel),
        timeout);
  }

  private interface Connect {
    void run(SocketChannel channel) throws IOException;
  }

  private interface Outcome {
    FastOpenOutcome of(SocketChannel channel);
  }

  private static ProbeConnect run(Connect connect, Outcome outcome, Duration timeout)
      throws IOException {
    try (SocketChannel channel = SocketChannel.open()) {
      channel.socket().setSoTimeout(millis(timeout));
      long start = System.nanoTime();
      try {
        connect.run(channel);
      } catch (IOException e) {
        Optional<FastOpenOutcome> told =
            channel.isConnected() ? Optional.of(outcome.of(channel)) : Optional.empty();
        return new ProbeConnect(told, since(start), Optional.empty(), Optional.of(e));
      }
      Duration connected = since(start);
      FastOpenOutcome told = outcome.of(channel);
      try {
        int unused = channel.socket().getInputStream().read();
        return new ProbeConnect(
            Optional.of(told), connected, Optional.of(since(start)), Optional.empty());
      } catch (SocketTimeoutException e) {
        return new ProbeConnect(Optional.of(told), connected, Optional.empty(), Optional.empty());
      } catch (IOException e) {
        return new ProbeConnect(Optional.of(told), connected, Optional.empty(), Optional.of(e));
      }
    }
  }

  private static Duration since(long start) {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  private static int millis(Duration timeout) {
    return Math.toIntExact(timeout.toMillis());
  }

  boolean isConnected() {
    return outcome.isPresent();
  }

  /** Whether the server answered the SYN. */
  boolean isAnswered() {
    return isConnected() || isResetBehindHandshake();
  }

  /**
   * Whether the connection was established, and reset before the connect returned. The JDK has then
   * closed it, so that its outcome cannot be read. Any other SocketException of the JDK, such as
   * for a firewall on this machine, does not count as an answer; neither does a reset whose message
   * is in another language.
   */
  boolean isResetBehindHandshake() {
    return !isConnected()
        && failure
            .filter(e -> e.getClass() == SocketException.class)
            .map(e -> String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT))
            .filter(text -> text.contains("reset") || text.contains("broken pipe"))
            .isPresent();
  }

  boolean isTimedOut() {
    return !isConnected() && failure.filter(SocketTimeoutException.class::isInstance).isPresent();
  }

  boolean is(FastOpenOutcome other) {
    return outcome.filter(told -> told == other).isPresent();
  }
}
