package io.tfo.cli;

import io.tfo.FastOpenOutcome;

/** The outcomes in words. */
final class Outcomes {
  private Outcomes() {}

  static String onClient(FastOpenOutcome outcome) {
    return switch (outcome) {
      case SYN_DATA_ACKED -> "SYN data acknowledged";
      case SYN_DATA_NOT_ACKED -> "SYN data not taken";
      case COOKIE_REQUESTED -> "asked for a cookie";
      case SYN_RETRANSMITTED -> "SYN lost, sent again";
      case NOT_ATTEMPTED -> "ordinary connect";
      case UNKNOWN -> "kernel does not tell";
    };
  }

  static String onServer(FastOpenOutcome outcome) {
    return switch (outcome) {
      case SYN_DATA_ACKED -> "SYN data accepted";
      case NOT_ATTEMPTED -> "ordinary handshake";
      case UNKNOWN -> "kernel does not tell";
      case SYN_DATA_NOT_ACKED, COOKIE_REQUESTED, SYN_RETRANSMITTED -> outcome.name();
    };
  }
}
