package io.tfo.cli;

import io.tfo.FastOpenOutcome;
import java.time.Duration;
import java.util.List;

/**
 * Explains what the outcomes of connects to one server show about both machines and the network.
 */
final class Diagnosis {
  private Diagnosis() {}

  /**
   * Draws the conclusion.
   *
   * @param whyPlain why connects were plain, if all of them were
   */
  static String of(List<Exchange> exchanges, String whyPlain) {
    List<FastOpenOutcome> outcomes = exchanges.stream().map(Exchange::outcome).toList();
    int acknowledged = outcomes.indexOf(FastOpenOutcome.SYN_DATA_ACKED);
    if (acknowledged >= 0) {
      return "TCP Fast Open works to this server: connect %d carried its data in the SYN, and the server"
              .formatted(acknowledged + 1)
          + " acknowledged it.";
    }
    if (outcomes.contains(FastOpenOutcome.SYN_RETRANSMITTED)) {
      return "A SYN with data was lost, and sent again without data: the network drops SYNs with data.";
    }
    if (outcomes.contains(FastOpenOutcome.SYN_DATA_NOT_ACKED)) {
      return OutcomeText.WHY_NOT_ACKNOWLEDGED + " 'tfo serve' prints the state of its side.";
    }
    if (outcomes.contains(FastOpenOutcome.COOKIE_REQUESTED)) {
      if (areCookieRequestsLost(exchanges)) {
        return ProbeFinding.OPTION_DROPPED.meaning;
      }
      return exchanges.size() == 1
          ? "The first connect asks the server for a cookie. The next one shows whether it came."
          : "The server sends no cookie: TCP Fast Open is off there ('tfo serve' prints the remedy), or"
              + " the network removes the TCP option.";
    }
    if (outcomes.contains(FastOpenOutcome.UNKNOWN)) {
      return "The kernel of this machine does not report the outcome: see the output of 'tfo serve'.";
    }
    return "No connect used TCP Fast Open. " + whyPlain;
  }

  /**
   * Whether all requests for a cookie took a second more than a reply. The kernel does not report
   * it; a request that was answered in time shows that the path lets the option pass. A single
   * connect shows nothing: its SYN may be lost by chance.
   */
  private static boolean areCookieRequestsLost(List<Exchange> exchanges) {
    Duration roundTrip =
        exchanges.stream()
            .map(each -> each.timeToFirstByte().minus(each.connectTime()))
            .min(Duration::compareTo)
            .orElse(Duration.ZERO);
    return exchanges.size() > 1
        && exchanges.stream()
            .filter(each -> each.outcome() == FastOpenOutcome.COOKIE_REQUESTED)
            .allMatch(each -> ProbeFinding.isRetransmitted(each.connectTime(), roundTrip));
  }
}
