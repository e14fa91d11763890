package io.tfo.cli;

import java.time.Duration;

/**
 * Times as bars of two parts: the handshake, and what comes after.
 *
 * @param terminal says which signs can be shown
 * @param longest the time that takes all the room
 */
record TimeBar(Terminal terminal, Duration longest) {
  private static final int WIDTH = 64;

  /** The bar of one connection, as long as its time. */
  String of(Exchange exchange) {
    int end = columns(exchange.firstByte());
    int handshake = Math.min(end, columns(exchange.connected()));
    return handshake().repeat(handshake) + after().repeat(end - handshake);
  }

  /** What the parts mean. */
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
