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
import java.util.Optional;

/**
 * The demonstration on paper.
 *
 * @param terminal where it is printed
 * @param lab what lab there was
 * @param roundTrip how far the hosts are from each other, where there is a wire
 */
record DemoReport(Terminal terminal, LabAvailability lab, Duration roundTrip) {
  private static final String FIGURES =
      "Each figure is the time from the start of a connect to the first byte of the reply. The JVM"
          + " is warm: it has made such connects before, which are not shown.";

  private boolean hasWire() {
    return lab.kind() == Kind.TWO_HOSTS;
  }

  /** Without a wire nothing is saved that one could see. */
  private String row() {
    return "  %7s %11s %11s" + (hasWire() ? " %10s" : "%s") + "   %-22s  %s";
  }

  void nothing(InstalledReport findings) {
    terminal.line("There is nothing to show: no installed backend works on this machine.");
    for (FastOpenBackends.Installed backend : findings.backends()) {
      terminal.prose(2, backend.name() + ": " + backend.client().detail());
    }
    findings.problems().forEach(problem -> terminal.prose(2, problem));
  }

  void opening() {
    if (hasWire()) {
      terminal.heading("Two hosts, %d ms from each other and back".formatted(roundTrip.toMillis()));
      terminal.line();
      terminal.prose(0, FIGURES);
      return;
    }
    terminal.heading("Connects over loopback");
    terminal.line();
    if (lab.kind() == Kind.LOOPBACK) {
      terminal.prose(
          0,
          "There are no two hosts here with a wire between them, only a loopback interface that is"
              + " watched. Its round trip takes no time, so none is seen to be saved; what the"
              + " kernel says and the segments are shown.");
    } else {
      terminal.prose(
          0,
          "There are no two hosts here with a wire between them, only this machine's own loopback"
              + " interface and settings. A round trip takes no time there, so none is seen to be"
              + " saved, and nobody sees the segments; what the kernel says is shown.");
    }
    terminal.prose(2, "missing: " + lab.detail());
    lab.remedy().ifPresent(remedy -> terminal.line("  remedy: " + remedy));
  }

  void connects(String backend, Demonstration shown) {
    terminal.line();
    terminal.heading(backend);
    terminal.line(
        row(), "connect", "plain", "Fast Open", hasWire() ? "saved" : "", "client", "server");
    int number = 1;
    for (Demonstration.Trial trial : shown.trials()) {
      String saved = hasWire() ? trial.saved().map(DemoReport::millis).orElse("") : "";
      terminal.line(
          row(),
          number++,
          millis(trial.plain().firstByte()),
          millis(trial.fast().firstByte()),
          saved,
          Outcomes.onClient(trial.fast().outcome()),
          Outcomes.onServer(trial.accepted()));
    }
    if (hasWire()) {
      terminal.line();
      bars(shown.trials().get(shown.trials().size() - 1));
    }
    if (!shown.proved()) {
      terminal.capability("client", shown.client());
      terminal.capability("server", shown.server());
    }
  }

  private void bars(Demonstration.Trial trial) {
    TimeBar bar = new TimeBar(terminal, trial.plain().firstByte());
    terminal.line("  plain      %s %s", bar.of(trial.plain()), millis(trial.plain().firstByte()));
    terminal.line("  Fast Open  %s %s", bar.of(trial.fast()), millis(trial.fast().firstByte()));
    terminal.line("             %s", bar.legend());
  }

  /** What a library makes of it. */
  void https(Optional<HttpsDemonstration> shown) {
    terminal.line();
    terminal.heading("HTTPS by OkHttp, from a call to the head of its response");
    terminal.prose(
        2,
        shown
            .map(
                https ->
                    "%s plain, %s with the ClientHello %sin the SYN: %s saved"
                        .formatted(
                            millis(https.plain()),
                            millis(https.fast()),
                            https.seen().carriedData() ? "" : "not ",
                            millis(https.plain().minus(https.fast()))))
            .orElse("OkHttp is not on the class path: left out."));
  }

  /** The segments of the first connect that shows it. */
  void wire(Map<String, Demonstration> shown) {
    for (Map.Entry<String, Demonstration> entry : shown.entrySet()) {
      Demonstration demonstration = entry.getValue();
      for (int i = 0; i < demonstration.trials().size(); i++) {
        Handshake handshake = demonstration.trials().get(i).seen();
        if (handshake.carriedData()) {
          terminal.line();
          terminal.heading(
              "On the wire, each segment as it leaves its host: connect %d with %s"
                  .formatted(i + 1, entry.getKey()));
          handshake.segments().forEach(this::segment);
          return;
        }
      }
    }
  }

  /** Too wide for one line: broken before the options. */
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

  /** Says what has come of it. */
  boolean closing(Map<String, Demonstration> shown) {
    List<String> without =
        shown.entrySet().stream()
            .filter(e -> !e.getValue().proved())
            .map(Map.Entry::getKey)
            .toList();
    terminal.line();
    if (!without.isEmpty()) {
      terminal.line(
          terminal.styled(
              "red",
              "No data was taken in a SYN with "
                  + String.join(" and ", without)
                  + "; the reason stands above."));
      return false;
    }
    terminal.prose(0, conclusion(shown.values()));
    return true;
  }

  private String conclusion(Collection<Demonstration> shown) {
    String first =
        lab.kind() == Kind.NONE
            ? "The kernel says that the request was in the SYN"
            : "The first connect fetches a cookie; from the second on the request is in the SYN";
    if (!hasWire()) {
      return first + ", and the server takes it.";
    }
    Duration saved =
        shown.stream()
            .map(Demonstration::usuallySaved)
            .min(Duration::compareTo)
            .orElse(Duration.ZERO);
    return first
        + ", and the server answers at once. Each such connect saves the round trip of the"
        + " handshake: %s here.".formatted(millis(saved));
  }

  private static String millis(Duration time) {
    return String.format(Locale.ROOT, "%.1f ms", time.toNanos() / 1e6);
  }
}
