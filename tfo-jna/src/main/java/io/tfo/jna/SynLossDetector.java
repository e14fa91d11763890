package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.backoff.BackOff;
import io.tfo.spi.FastOpenActivity;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reports the results of the SYNs of all connects to the {@link BackOff}: of channels ({@link
 * ConnectAttempt}), sockets ({@link SocketHandshake}) and deferred channels. It converts times,
 * exceptions and the system's answers to the few events of the back-off policy.
 *
 * <p>A connect that took its usual time costs no native call. Times are those of {@link #now}.
 */
final class SynLossDetector implements SynListener {
  private final BackOff backOff;

  SynLossDetector(BackOff backOff) {
    this.backOff = backOff;
  }

  /** Asks the system about a connection. */
  interface LossQuery {
    NativeTcp.FirstSyn firstSyn() throws IOException;

    /** Reads the outcome, if the connection is kept. */
    default FastOpenOutcome outcome() throws IOException {
      return FastOpenOutcome.UNKNOWN;
    }
  }

  /** The time by the back-off's clock, in nanoseconds. */
  long now() {
    return backOff.now();
  }

  boolean isOff() {
    return backOff.isOff();
  }

  /**
   * Whether a SYN to this destination may have the TFO option; see {@link BackOff#admits}.
   *
   * @param timeout how long the connect may take, in nanoseconds; 0 if that is not known
   */
  boolean admits(InetSocketAddress destination, long timeout) {
    return backOff.admits(destination, timeout);
  }

  /** Whether the result of a plain connect to this destination is to be reported. */
  @Override
  public boolean isSuspected(InetSocketAddress destination) {
    return backOff.isSuspected(destination);
  }

  /** Whether anything is known of this destination. */
  boolean remembers(InetSocketAddress destination) {
    return backOff.remembers(destination);
  }

  /**
   * A SYN with the TFO option was answered. The system is asked only if that took as long as a SYN
   * timeout.
   *
   * @param start when it was sent
   * @param withData whether it carried data, as far as the system tells
   */
  @Override
  public void answered(
      InetSocketAddress destination, long start, boolean withData, LossQuery query) {
    if (isInTime(start)) {
      backOff.answered(destination, start, withData);
    } else {
      answeredLate(destination, start, withData, query);
    }
    if (withData && FastOpenActivity.readsOutcomes()) {
      FastOpenActivity.outcome(outcome(query));
    }
  }

  private void answeredLate(
      InetSocketAddress destination, long start, boolean withData, LossQuery query) {
    switch (firstSyn(query)) {
      case ANSWERED -> backOff.answered(destination, start, withData);
      case LOST -> {
        FastOpenActivity.count(FastOpenActivity.Count.RETRANSMITTED);
        backOff.retransmitted(destination, start, withData);
      }
      case UNKNOWN -> backOff.answeredLate(destination, start, withData);
    }
  }

  /** Whether it is too early for the SYN to have been sent again. */
  boolean isInTime(long start) {
    return now() - start < BackOff.SYN_TIMEOUT.toNanos();
  }

  private static NativeTcp.FirstSyn firstSyn(LossQuery query) {
    try {
      return query.firstSyn();
    } catch (IOException e) {
      return NativeTcp.FirstSyn.UNKNOWN;
    }
  }

  private static FastOpenOutcome outcome(LossQuery query) {
    try {
      return query.outcome();
    } catch (IOException e) {
      return FastOpenOutcome.UNKNOWN;
    }
  }

  /**
   * A connect with the TFO option failed, or was given up before it was answered.
   *
   * @param start when its SYN was sent
   * @param failure the exception that the program gets
   */
  @Override
  public void failed(
      InetSocketAddress destination, long start, boolean withData, IOException failure) {
    if (isGivenUp(failure)) {
      abandoned(destination, start, withData);
    } else {
      backOff.failed(destination, start, withData);
    }
  }

  /** A connect with the TFO option was given up before it was answered. */
  @Override
  public void abandoned(InetSocketAddress destination, long start, boolean withData) {
    backOff.unanswered(destination, start, withData, now() - start);
  }

  /** A connect with the TFO option was refused or given up; which of the two is not known. */
  void closed(InetSocketAddress destination, long start, boolean withData) {
    if (now() - start < BackOff.SHORTEST.toNanos()) {
      backOff.failed(destination, start, withData);
    } else {
      abandoned(destination, start, withData);
    }
  }

  /** Whether the program has given the connect up, by a timeout, a close or an interrupt. */
  private static boolean isGivenUp(IOException failure) {
    return failure instanceof ClosedChannelException
        || failure instanceof InterruptedIOException
        || (failure.getClass() == SocketException.class && saysClosed(failure.getMessage()));
  }

  /** Whether it is one of the JDK's messages "Socket closed" and "Closed by interrupt". */
  private static boolean saysClosed(@Nullable String message) {
    return message != null && message.toLowerCase(Locale.ROOT).contains("closed");
  }

  /** A plain connect was answered. */
  @Override
  public void plainAnswered(InetSocketAddress destination, long start) {
    backOff.plainAnswered(destination, start, now() - start);
  }

  /** A plain connect failed, or was given up before it was answered. */
  @Override
  public void plainFailed(InetSocketAddress destination, long start, IOException failure) {
    backOff.plainFailed(destination, start, isGivenUp(failure) ? now() - start : Long.MAX_VALUE);
  }

  /**
   * A plain connect was answered, at a time that is not known. It counts as answered before a SYN
   * timeout if that is not over yet.
   */
  void plainAnsweredBefore(InetSocketAddress destination, long start) {
    backOff.plainAnswered(destination, start, isInTime(start) ? 0 : now() - start);
  }

  /** A plain connect ended without an answer. */
  void plainAbandoned(InetSocketAddress destination, long start) {
    backOff.plainFailed(destination, start, Long.MAX_VALUE);
  }
}
