package io.tfo.cli;

import java.time.Duration;

/**
 * Draws the times of an exchange as a bar of two parts: the connect, and the time after it.
 *
 * @param terminal tells which signs it can show
 * @param longest the time of a bar of full width
 */
record TimeBar(Terminal terminal, Duration longest) {
  private static final int WIDTH = 64;

  /** Returns the bar of an exchange; its length is proportional to the time to the first byte. */
  String of(Exchange exchange) {
    int end = columns(exchange.timeToFirstByte());
    int handshake = Math.min(end, columns(exchange.connectTime()));
    return handshake().repeat(handshake) + after().repeat(end - handshake);
  }

  /** Explains the two parts. */
  String legend() {
    return "%s handshake   %s request and reply".formatted(handshake(), after());
  }

  private int columns(Duration time) {
    return (int) Math.round((double) WIDTH * time.toNanos() / Math.max(1, longest.toNanos()));
  }

  private String handshake() {
    return terminal.unicode() ? "\u2592" : "-";
  }

  private String after() {
    return terminal.unicode() ? "\u2588" : "#";
  }
}
