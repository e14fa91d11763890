package io.tfo.cli;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.FastOpenStatistics;
import io.tfo.FastOpenStatistics.PlainReason;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Tells why connects of this process were plain, from the library's counters since then. */
final class WhyPlain {
  private final Map<PlainReason, Long> before = FastOpenStatistics.snapshot().plain();

  /**
   * Returns a sentence about the connects that were made since this object was created.
   *
   * @param client the capability of the client side after them
   */
  String text(FastOpenCapability client) {
    Set<PlainReason> reasons = EnumSet.noneOf(PlainReason.class);
    FastOpenStatistics.snapshot()
        .plain()
        .forEach(
            (reason, count) -> {
              if (count > before.getOrDefault(reason, 0L)) {
                reasons.add(reason);
              }
            });
    return text(client, reasons);
  }

  static String text(FastOpenCapability client, Set<PlainReason> reasons) {
    if (client.status() != Status.AVAILABLE) {
      return "Client side: " + client;
    }
    return reasons.isEmpty()
        ? "The client side is available, but the kernel has sent no SYN with the option."
        : "The client side is available, but "
            + reasons.stream().map(WhyPlain::text).collect(Collectors.joining("; "))
            + ".";
  }

  private static String text(PlainReason reason) {
    return switch (reason) {
      case EXCLUDED -> "a setting of this process excludes the destination, as -Dio.tfo.plain does";
      case BACK_OFF -> "SYNs to the destination were lost or refused before (back-off)";
      case OFF -> "the system refused TCP Fast Open";
      case UNKNOWN_DESTINATION, NO_FIRST_WRITE, MODE, FOREIGN_CHANNEL, PROXY ->
          "connects were plain for the reason " + reason;
    };
  }
}
