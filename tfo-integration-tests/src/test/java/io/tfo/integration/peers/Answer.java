package io.tfo.integration.peers;

import io.tfo.lab.Segment;
import java.util.List;
import java.util.Locale;

/**
 * The result of one exchange.
 *
 * @param phase the call that failed; {@code ok} if none did, {@code hangs} if there was no answer
 *     within {@link PeerProcess#LIMIT}
 * @param millis from the start of the connect to the first byte of the reply, or to the failure
 * @param syns the SYNs that the client sent
 */
record Answer(String phase, double millis, String message, List<Segment> syns) {
  boolean isOk() {
    return phase.equals("ok");
  }

  boolean isInTheSyn() {
    return syns.stream().anyMatch(syn -> syn.payloadLength() > 0);
  }

  /** Describes the result in one or a few words. */
  String summary() {
    return switch (phase) {
      case "ok" -> isInTheSyn() ? "in the SYN" : "plain";
      case "hangs" -> "**hangs**";
      default -> "**fails** in " + phase;
    };
  }

  /** The time in seconds, with a star where data was in the SYN. */
  String seconds() {
    return isOk()
        ? String.format(Locale.ROOT, "%.1f%s", millis / 1000, isInTheSyn() ? "\\*" : "")
        : summary();
  }
}
