package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import io.tfo.lab.LabAvailability;
import io.tfo.lab.LabAvailability.Kind;
import java.io.StringWriter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DemoReportTest {
  private static final Exchange PLAIN = exchange(FastOpenOutcome.NOT_ATTEMPTED, 50, 100);
  private static final Demonstration.Trial ASKS =
      trial(FastOpenOutcome.COOKIE_REQUESTED, FastOpenOutcome.NOT_ATTEMPTED, 100);
  private static final Demonstration.Trial SAVES =
      trial(FastOpenOutcome.SYN_DATA_ACKED, FastOpenOutcome.SYN_DATA_ACKED, 50);

  private final StringWriter out = new StringWriter();

  @Test
  void showsTheRoundTripThatIsSaved() {
    DemoReport report = report(Kind.TWO_HOSTS);
    Demonstration shown =
        new Demonstration(List.of(ASKS, SAVES, SAVES), FakeFindings.ON, FakeFindings.ON);
    report.opening();
    report.connects("some-backend", shown);
    assertThat(report.closing(Map.of("some-backend", shown))).isTrue();
    String half = "-".repeat(32);
    assertThat(lines())
        .allMatch(line -> line.length() <= Terminal.WIDTH)
        .contains(
            "        1    100.0 ms    100.0 ms              asked for a cookie      ordinary handshake",
            "        2    100.0 ms     50.0 ms    50.0 ms   SYN data acknowledged   SYN data accepted",
            "  plain      " + half + "#".repeat(32) + " 100.0 ms",
            "  Fast Open  " + half + " 50.0 ms")
        .last()
        .asString()
        .contains("50.0 ms here");
  }

  @Test
  void saysWhatIsMissingAndShownNotWhereThereIsNoWire() {
    DemoReport report = report(Kind.NONE);
    Demonstration shown = new Demonstration(List.of(ASKS, ASKS), FakeFindings.ON, FakeFindings.OFF);
    report.opening();
    report.connects("some-backend", shown);
    assertThat(report.closing(Map.of("some-backend", shown))).isFalse();
    assertThat(lines())
        .contains("  missing: a reason", "  remedy: an act", "  remedy: switch it on")
        .noneMatch(line -> line.contains("saves"))
        .last()
        .asString()
        .startsWith("No data was taken in a SYN with some-backend");
  }

  @Test
  void believesTheKernelWhereNobodyWatches() {
    assertThat(new Demonstration(List.of(ASKS, SAVES), FakeFindings.ON, FakeFindings.ON).proved())
        .isTrue();
    assertThat(new Demonstration(List.of(SAVES, ASKS), FakeFindings.ON, FakeFindings.ON).proved())
        .isFalse();
  }

  private List<String> lines() {
    return out.toString().lines().toList();
  }

  private DemoReport report(Kind kind) {
    return new DemoReport(
        CommandLine.terminal(out),
        new LabAvailability(kind, "a reason", Optional.of("an act")),
        Duration.ofMillis(50));
  }

  private static Demonstration.Trial trial(
      FastOpenOutcome client, FastOpenOutcome server, long millis) {
    return new Demonstration.Trial(
        PLAIN, exchange(client, 50, millis), server, Handshake.of(List.of()));
  }

  private static Exchange exchange(FastOpenOutcome outcome, long connected, long firstByte) {
    return new Exchange(outcome, Duration.ofMillis(connected), Duration.ofMillis(firstByte));
  }
}
