package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.jdk.JdkChannels;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * A non-blocking connect of a JDK's channel. The JDK finishes it without telling this library. So
 * the result is read from the channel, without a wait for one of its locks.
 */
final class PendingConnect implements SynLossDetector.LossQuery {
  final InetSocketAddress destination;

  /** Whether this connect decides about something that is already known of the destination. */
  boolean decides;

  private final NativeTcp tcp;
  private final JdkChannels jdk;
  private final SocketChannel channel;
  private final long start;
  private final boolean withOption;
  private final boolean withData;

  /** The local address before the connect: it is another one once the channel was connected. */
  private final @Nullable Object bound;

  /**
   * Creates an object for a connect that is under way.
   *
   * @param start when it began, by {@link SynLossDetector#now}
   * @param withOption whether its SYN has the TFO option
   * @param withData whether its SYN carries data, as far as the system tells
   */
  PendingConnect(
      NativeTcp tcp,
      JdkChannels jdk,
      SocketChannel channel,
      InetSocketAddress destination,
      long start,
      boolean withOption,
      boolean withData) {
    this.tcp = tcp;
    this.jdk = jdk;
    this.channel = channel;
    this.destination = destination;
    this.start = start;
    this.withOption = withOption;
    this.withData = withData;
    this.bound = jdk.localAddress(channel);
  }

  /** The end of a connect, as far as it can be seen. */
  enum End {
    NONE_YET,
    ANSWERED,
    /** Refused, or closed before it was answered: the channel does not tell which. */
    NOT_ANSWERED
  }

  End end() {
    boolean isOpen = channel.isOpen(); // first: a channel that is closed changes no more
    if (channel.isConnected() || jdk.localAddress(channel) != bound) {
      return End.ANSWERED;
    }
    if (!isOpen) {
      return End.NOT_ANSWERED;
    }
    return isAnswered() ? End.ANSWERED : End.NONE_YET;
  }

  /** Whether the connect is answered, and only the program has not finished it yet. */
  private boolean isAnswered() {
    try {
      return jdk.withDescriptor(channel, tcp::isAnswered, false);
    } catch (IOException e) {
      return false;
    }
  }

  /** Reports an end that was seen. */
  void tell(End end, SynLossDetector outcomes) {
    if (withOption) {
      if (end == End.ANSWERED) {
        outcomes.answered(destination, start, withData, this);
      } else {
        outcomes.closed(destination, start, withData);
      }
    } else if (end == End.ANSWERED) {
      outcomes.plainAnsweredBefore(destination, start);
    } else {
      outcomes.plainAbandoned(destination, start);
    }
  }

  @Override
  public NativeTcp.FirstSyn firstSyn() throws IOException {
    return jdk.withDescriptor(channel, tcp::firstSyn, NativeTcp.FirstSyn.UNKNOWN);
  }

  @Override
  public FastOpenOutcome outcome() throws IOException {
    return jdk.withDescriptor(channel, tcp::connectOutcome, FastOpenOutcome.UNKNOWN);
  }

  long start() {
    return start;
  }
}
