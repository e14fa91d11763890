package io.tfo.cli;

import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.nio.channels.SocketChannel;

/** Reads the outcomes, and describes them in words. */
final class OutcomeText {
  /** The text of {@code docs/troubleshooting.md} for the outcome SYN_DATA_NOT_ACKED. */
  static final String WHY_NOT_ACKNOWLEDGED =
      "The SYN carried data, but the server did not acknowledge it. Possible causes: TCP Fast Open"
          + " is off at the server, or for this port (a cookie belongs to the address: it may"
          + " come from another port, or from an earlier setting); servers behind this address do"
          + " not share a key; the queue of the listener is full; or the path removes the data or"
          + " the option from the SYN. With 0x4 in net.ipv4.tcp_fastopen here, or with"
          + " -Dio.tfo.withoutCookie, no cookie is requested, and the server must accept data"
          + " without one.";

  private OutcomeText() {}

  /** Asks a connector or a listener. */
  interface Question {
    FastOpenOutcome of(SocketChannel channel) throws IOException;
  }

  /**
   * Returns the outcome that the kernel reports. A sandbox can refuse the system call, though the
   * connection exists.
   */
  static FastOpenOutcome read(Question question, SocketChannel channel) {
    try {
      return question.of(channel);
    } catch (IOException e) {
      return FastOpenOutcome.UNKNOWN;
    }
  }

  static String onClient(FastOpenOutcome outcome) {
    return switch (outcome) {
      case SYN_DATA_ACKED -> "SYN data acknowledged";
      case SYN_DATA_NOT_ACKED -> "SYN data not acknowledged";
      case COOKIE_REQUESTED -> "cookie requested";
      case SYN_RETRANSMITTED -> "SYN retransmitted";
      case NOT_ATTEMPTED -> "ordinary connect";
      case UNKNOWN -> "not reported by kernel";
    };
  }

  static String onServer(FastOpenOutcome outcome) {
    return switch (outcome) {
      case SYN_DATA_ACKED -> "SYN data accepted";
      case NOT_ATTEMPTED -> "ordinary handshake";
      case UNKNOWN -> "not reported by kernel";
      case SYN_DATA_NOT_ACKED, COOKIE_REQUESTED, SYN_RETRANSMITTED -> outcome.name();
    };
  }
}
