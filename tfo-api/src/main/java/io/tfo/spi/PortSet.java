package io.tfo.spi;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/** Parses the sets of ports that the settings of drop-ins have. */
public final class PortSet {
  private static final int MAX_PORT = 65_535;

  private PortSet() {}

  /**
   * Parses a set of ports.
   *
   * @param text {@code all}, {@code none}, or ports and ranges such as {@code 443,8000-8999}
   * @return the ports
   * @throws IllegalArgumentException if the text is malformed; the message says what form it must
   *     have, and does not repeat the text
   */
  public static BitSet parse(String text) {
    BitSet ports = new BitSet();
    switch (text.strip()) {
      case "all" -> ports.set(1, MAX_PORT + 1);
      case "none" -> {}
      default -> {
        for (String range : text.split(",", -1)) {
          String[] ends = range.split("-", 2);
          int first = port(ends[0]);
          int last = port(ends[ends.length - 1]);
          if (last < first) {
            throw malformed(null);
          }
          ports.set(first, last + 1);
        }
      }
    }
    return ports;
  }

  private static int port(String number) {
    try {
      int port = Integer.parseInt(number.strip());
      if (port > 0 && port <= MAX_PORT) {
        return port;
      }
    } catch (NumberFormatException e) {
      throw malformed(e);
    }
    throw malformed(null);
  }

  private static IllegalArgumentException malformed(@Nullable NumberFormatException cause) {
    return new IllegalArgumentException(
        "must be all, none, or ports and ranges such as 443,8000-8999", cause);
  }
}
