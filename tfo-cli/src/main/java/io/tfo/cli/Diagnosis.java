package io.tfo.cli;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import java.util.List;

/** What the outcomes of some connects to one server say about both machines and what is between. */
final class Diagnosis {
  private Diagnosis() {}

  static String of(List<Exchange> exchanges, FastOpenCapability client) {
    List<FastOpenOutcome> outcomes = exchanges.stream().map(Exchange::outcome).toList();
    int taken = outcomes.indexOf(FastOpenOutcome.SYN_DATA_ACKED);
    if (taken >= 0) {
      return "Connect %d carried its data in the SYN, and the server took it: TCP Fast Open works both ways."
          .formatted(taken + 1);
    }
    if (outcomes.contains(FastOpenOutcome.SYN_RETRANSMITTED)) {
      return "A SYN with data was lost and sent again without: something in between drops it.";
    }
    if (outcomes.contains(FastOpenOutcome.SYN_DATA_NOT_ACKED)) {
      return "The SYN carried data, which the server did not take: TCP Fast Open has been switched off"
          + " there ('tfo serve' says how it is), its queue is full, or something in between"
          + " interferes.";
    }
    if (outcomes.contains(FastOpenOutcome.COOKIE_REQUESTED)) {
      return exchanges.size() == 1
          ? "The first connect asks the server for a cookie: the next one shows whether it came."
          : "The server gives no cookie: TCP Fast Open is off there ('tfo serve' says what to do), or"
              + " something in between removes the option.";
    }
    if (outcomes.contains(FastOpenOutcome.UNKNOWN)) {
      return "The kernel here does not tell what became of the data: see what 'tfo serve' says.";
    }
    return "No connect tried TCP Fast Open. Client side " + client;
  }
}
