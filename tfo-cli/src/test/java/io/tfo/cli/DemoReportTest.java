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
  private static final Demonstration.Trial COOKIE_REQUEST =
      trial(FastOpenOutcome.COOKIE_REQUESTED, FastOpenOutcome.NOT_ATTEMPTED, 100);
  private static final Demonstration.Trial SYN_DATA =
      trial(FastOpenOutcome.SYN_DATA_ACKED, FastOpenOutcome.SYN_DATA_ACKED, 50);

  private final StringWriter out = new StringWriter();

  @Test
  void showsTheSavedRoundTrip() {
    DemoReport report = report(Kind.TWO_HOSTS);
    Demonstration shown =
        new Demonstration(
            List.of(COOKIE_REQUEST, SYN_DATA, SYN_DATA), FakeReport.ON, FakeReport.ON);
    report.opening();
    report.connects("some-backend", shown);
    assertThat(report.closing(Map.of("some-backend", shown))).isTrue();
    String half = "-".repeat(32);
    assertThat(lines())
        .allMatch(line -> line.length() <= Terminal.WIDTH)
        .contains(
            "        1    100.0 ms    100.0 ms              cookie requested           ordinary handshake",
            "        2    100.0 ms     50.0 ms    50.0 ms   SYN data acknowledged      SYN data accepted",
            "  plain      " + half + "#".repeat(32) + " 100.0 ms",
            "  Fast Open  " + half + " 50.0 ms")
        .last()
        .asString()
        .contains("here 50.0 ms");
  }

  @Test
  void reportsNoSavedTimeWhereNoneIsSaved() {
    Demonstration shown =
        new Demonstration(
            List.of(
                COOKIE_REQUEST,
                trial(FastOpenOutcome.SYN_DATA_ACKED, FastOpenOutcome.SYN_DATA_ACKED, 101)),
            FakeReport.ON,
            FakeReport.ON);

    assertThat(report(Kind.TWO_HOSTS).closing(Map.of("some-backend", shown))).isTrue();

    assertThat(lines())
        .noneMatch(line -> line.contains("-1.0 ms"))
        .last()
        .asString()
        .endsWith("to be seen in the times.");
  }

  @Test
  void theBarsAreThoseOfTheMedianAndNotOfTheLastConnect() {
    Demonstration shown =
        new Demonstration(
            List.of(
                COOKIE_REQUEST,
                SYN_DATA,
                SYN_DATA,
                trial(FastOpenOutcome.SYN_DATA_ACKED, FastOpenOutcome.SYN_DATA_ACKED, 99)),
            FakeReport.ON,
            FakeReport.ON);

    report(Kind.TWO_HOSTS).connects("some-backend", shown);

    assertThat(lines()).contains("  Fast Open  " + "-".repeat(32) + " 50.0 ms");
  }

  @Test
  void reportsWhatIsMissingAndNoSavedTimeWithoutAWire() {
    DemoReport report = report(Kind.NONE);
    Demonstration shown =
        new Demonstration(List.of(COOKIE_REQUEST, COOKIE_REQUEST), FakeReport.ON, FakeReport.OFF);
    report.opening();
    report.connects("some-backend", shown);
    assertThat(report.closing(Map.of("some-backend", shown))).isFalse();
    assertThat(lines())
        .contains("  missing: a reason", "  remedy: an act", "  remedy: switch it on")
        .noneMatch(line -> line.contains("saves"))
        .last()
        .asString()
        .startsWith("No SYN data was acknowledged with some-backend");
  }

  @Test
  void trustsTheKernelsReportWithoutACapture() {
    assertThat(
            new Demonstration(List.of(COOKIE_REQUEST, SYN_DATA), FakeReport.ON, FakeReport.ON)
                .isProved())
        .isTrue();
    assertThat(
            new Demonstration(List.of(SYN_DATA, COOKIE_REQUEST), FakeReport.ON, FakeReport.ON)
                .isProved())
        .isFalse();
  }

  private List<String> lines() {
    return out.toString().lines().toList();
  }

  private DemoReport report(Kind kind) {
    return new DemoReport(
        CommandRun.terminal(out),
        new LabAvailability(kind, "a reason", Optional.of("an act")),
        Duration.ofMillis(50));
  }

  private static Demonstration.Trial trial(
      FastOpenOutcome client, FastOpenOutcome server, long millis) {
    return new Demonstration.Trial(
        PLAIN, exchange(client, 50, millis), server, FirstSegments.of(List.of()));
  }

  private static Exchange exchange(FastOpenOutcome outcome, long connected, long firstByte) {
    return new Exchange(outcome, Duration.ofMillis(connected), Duration.ofMillis(firstByte));
  }
}
