package io.tfo.testkit.cli;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.testkit.lab.LabAvailability;
import io.tfo.testkit.lab.LabAvailability.Kind;
import io.tfo.testkit.lab.Segment;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * The demonstration on paper.
 *
 * @param terminal where it is printed
 * @param lab what lab there was
 * @param roundTrip how far the hosts are from each other, where there is a wire
 */
record DemoReport(Terminal terminal, LabAvailability lab, Duration roundTrip) {
  private static final String ROW = "  %7s %11s %11s %10s   %-22s  %s";

  private boolean hasWire() {
    return lab.kind() == Kind.TWO_HOSTS;
  }

  void nothing(Findings findings) {
    terminal.line("There is nothing to show: no installed backend works on this machine.");
    for (FastOpenBackends.Installed backend : findings.backends()) {
      terminal.prose(2, backend.name() + ": " + backend.client().detail());
    }
    findings.problems().forEach(problem -> terminal.prose(2, problem));
  }

  void opening() {
    if (hasWire()) {
      terminal.heading(
          "Two hosts, %d ms from each other and back. How long from the connect to the reply?"
              .formatted(roundTrip.toMillis()));
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
    lab.remedy().ifPresent(remedy -> terminal.prose(2, "remedy: " + remedy));
  }

  void connects(Demonstration shown) {
    terminal.line();
    terminal.heading(shown.backend());
    terminal.line(
        ROW, "connect", "plain", "Fast Open", hasWire() ? "saved" : "", "client", "server");
    int number = 1;
    for (Demonstration.Trial trial : shown.trials()) {
      String saved = hasWire() && trial.saved().toMillis() > 0 ? millis(trial.saved()) : "";
      terminal.line(
          ROW,
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
      missing("client", shown.client());
      missing("server", shown.server());
    }
  }

  private void bars(Demonstration.Trial trial) {
    Bar bar = new Bar(terminal, trial.plain().firstByte());
    terminal.line("  plain      %s %s", bar.of(trial.plain()), millis(trial.plain().firstByte()));
    terminal.line("  Fast Open  %s %s", bar.of(trial.fast()), millis(trial.fast().firstByte()));
    terminal.line("             %s", bar.legend());
  }

  private void missing(String side, FastOpenCapability capability) {
    if (capability.status() != Status.AVAILABLE) {
      terminal.prose(2, side + " " + capability);
    }
  }

  /** The segments of the first connect that shows it. */
  void wire(List<Demonstration> shown) {
    for (Demonstration demonstration : shown) {
      for (int i = 0; i < demonstration.trials().size(); i++) {
        Handshake handshake = demonstration.trials().get(i).seen();
        if (handshake.carriedData()) {
          terminal.line();
          terminal.heading(
              "On the wire: connect %d with %s".formatted(i + 1, demonstration.backend()));
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
  boolean closing(List<Demonstration> shown) {
    List<String> without =
        shown.stream().filter(d -> !d.proved()).map(Demonstration::backend).toList();
    terminal.line();
    if (!without.isEmpty()) {
      terminal.line(
          terminal.styled("red", "No data was taken in a SYN with " + String.join(", ", without)));
      return false;
    }
    terminal.prose(0, conclusion(shown));
    return true;
  }

  private String conclusion(List<Demonstration> shown) {
    String first =
        lab.kind() == Kind.NONE
            ? "The kernel says that the request was in the SYN"
            : "The first connect fetches a cookie; from the second on the request is in the SYN";
    if (!hasWire()) {
      return first + ", and the server takes it.";
    }
    Duration least =
        shown.stream()
            .flatMap(d -> d.trials().stream().skip(1))
            .map(Demonstration.Trial::saved)
            .min(Duration::compareTo)
            .orElse(Duration.ZERO);
    return "%s, and the server answers at once: %s saved of each connect, the round trip of the handshake."
        .formatted(first, millis(least));
  }

  private static String millis(Duration time) {
    return String.format(Locale.ROOT, "%.1f ms", time.toNanos() / 1e6);
  }
}
