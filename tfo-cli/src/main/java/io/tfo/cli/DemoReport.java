package io.tfo.cli;

import io.tfo.FastOpenBackends;
import io.tfo.lab.LabAvailability;
import io.tfo.lab.LabAvailability.Kind;
import io.tfo.lab.Segment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Prints the demonstrations.
 *
 * @param terminal the output
 * @param lab the kind of lab that was available
 * @param roundTrip the round-trip time between the hosts, if the lab has a wire
 */
record DemoReport(Terminal terminal, LabAvailability lab, Duration roundTrip) {
  private static final String FIGURES =
      "Each time is from the start of a connect to the first byte of the reply. The JVM is warm: it"
          + " has made such connects before, which are not shown.";

  private boolean hasWire() {
    return lab.kind() == Kind.TWO_HOSTS;
  }

  /** The format of a line of the table; without a wire there is no saved time to show. */
  private String rowFormat() {
    return "  %7s %11s %11s" + (hasWire() ? " %10s" : "%s") + "   %-25s  %s";
  }

  void noBackendWorks(InstalledReport installed) {
    if (installed.candidates().isEmpty() && !installed.backends().isEmpty()) {
      terminal.capability("client", installed.client());
      return;
    }
    terminal.line("No installed backend works on this machine.");
    for (FastOpenBackends.Installed backend : installed.backends()) {
      terminal.paragraph(2, backend.name() + ": " + backend.client().detail());
    }
    installed.problems().forEach(problem -> terminal.paragraph(2, problem));
  }

  void opening() {
    if (hasWire()) {
      terminal.heading("Two hosts with a round-trip time of %d ms".formatted(roundTrip.toMillis()));
      terminal.line();
      terminal.paragraph(0, FIGURES);
      return;
    }
    terminal.heading("Connects over loopback");
    terminal.line();
    if (lab.kind() == Kind.LOOPBACK) {
      terminal.paragraph(
          0,
          "The lab has only a loopback interface here, not two hosts with a wire. Its round trip takes"
              + " almost no time, so the saved time cannot be shown. The kernel's reports and the"
              + " captured segments are shown.");
    } else {
      terminal.paragraph(
          0,
          "There is no lab here, so this uses the loopback interface and the settings of this machine."
              + " A round trip takes almost no time there, so the saved time cannot be shown, and"
              + " segments are not captured. The kernel's reports are shown.");
    }
    terminal.paragraph(2, "missing: " + lab.detail());
    lab.remedy().ifPresent(remedy -> terminal.line("  remedy: " + remedy));
  }

  /** Prints the times of one backend's connects. */
  void connects(String backend, Demonstration shown) {
    terminal.line();
    terminal.heading(backend);
    terminal.line(
        rowFormat(), "connect", "plain", "Fast Open", hasWire() ? "saved" : "", "client", "server");
    int number = 1;
    for (Demonstration.Trial trial : shown.trials()) {
      String saved = hasWire() ? trial.saved().map(DemoReport::millis).orElse("") : "";
      terminal.line(
          rowFormat(),
          number++,
          millis(trial.plain().timeToFirstByte()),
          millis(trial.fast().timeToFirstByte()),
          saved,
          OutcomeText.onClient(trial.fast().outcome()),
          OutcomeText.onServer(trial.serverOutcome()));
    }
    if (hasWire()) {
      terminal.line();
      timeBars(shown.medianPlain(), shown.medianFast());
    }
    if (!shown.isProved()) {
      terminal.capability("client", shown.client());
      terminal.capability("server", shown.server());
    }
  }

  private void timeBars(Exchange plain, Exchange fast) {
    TimeBar bar = new TimeBar(terminal, plain.timeToFirstByte());
    terminal.line("  plain      %s %s", bar.of(plain), millis(plain.timeToFirstByte()));
    terminal.line("  Fast Open  %s %s", bar.of(fast), millis(fast.timeToFirstByte()));
    terminal.line("             %s", bar.legend());
  }

  /** Prints the heading of the times of an HTTPS client library. */
  void https() {
    terminal.line();
    terminal.heading("HTTPS with OkHttp, from the call to the response headers");
  }

  /** Prints the times of the HTTPS client library. */
  void https(HttpsDemonstration shown) {
    terminal.paragraph(
        2,
        "%s plain, %s with the ClientHello %sin the SYN: %s saved"
            .formatted(
                millis(shown.plain()),
                millis(shown.fast()),
                shown.handshake().carriedData() ? "" : "not ",
                millis(shown.plain().minus(shown.fast()))));
  }

  /** Prints why there are no HTTPS times. */
  void noHttps(String why) {
    terminal.paragraph(2, "Skipped: " + why + ".");
  }

  /** Prints the segments of the first connection whose SYN carried data that was acknowledged. */
  void wire(Map<String, Demonstration> shown) {
    for (Map.Entry<String, Demonstration> entry : shown.entrySet()) {
      Demonstration demonstration = entry.getValue();
      for (int i = 0; i < demonstration.trials().size(); i++) {
        FirstSegments handshake = demonstration.trials().get(i).handshake();
        if (handshake.carriedData()) {
          terminal.line();
          terminal.heading(
              "Segments of connect %d with %s, at the time they leave their host"
                  .formatted(i + 1, entry.getKey()));
          handshake.segments().forEach(this::segment);
          return;
        }
      }
    }
  }

  /** Prints a segment on several lines: the header, the options, the data. */
  private void segment(Segment segment) {
    String line = segment.toString();
    int options = line.indexOf(" <", line.indexOf('['));
    terminal.line(line.substring(0, options));
    terminal.line(" ".repeat(17) + line.substring(options + 1));
    if (segment.payloadLength() > 0) {
      terminal.line(
          "%17sdata \"%s\"", "", new String(segment.payload(), StandardCharsets.US_ASCII));
    }
  }

  /** Prints the conclusion, and returns whether every backend sent data in a SYN. */
  boolean closing(Map<String, Demonstration> shown) {
    List<String> without =
        shown.entrySet().stream()
            .filter(e -> !e.getValue().isProved())
            .map(Map.Entry::getKey)
            .toList();
    terminal.line();
    if (!without.isEmpty()) {
      terminal.line(
          terminal.styled(
              "red",
              "No SYN data was acknowledged with "
                  + String.join(" and ", without)
                  + ". See the reason above."));
      return false;
    }
    terminal.paragraph(0, conclusion(shown.values()));
    return true;
  }

  private String conclusion(Collection<Demonstration> shown) {
    String first =
        lab.kind() == Kind.NONE
            ? "The kernel reports that the SYN carried the request"
            : "The first connect gets a cookie. From the second connect, the SYN carries the request";
    if (!hasWire()) {
      return first + ", and the server accepted it.";
    }
    Duration saved =
        shown.stream()
            .map(Demonstration::medianSaved)
            .min(Duration::compareTo)
            .orElse(Duration.ZERO);
    return first
        + ", and the server answers at once. Each such connect saves the round trip of the"
        + " handshake"
        + (saved.compareTo(Duration.ZERO) > 0
            ? ": here %s.".formatted(millis(saved))
            : ", which is too short here to be seen in the times.");
  }

  private static String millis(Duration time) {
    return String.format(Locale.ROOT, "%.1f ms", time.toNanos() / 1e6);
  }
}
