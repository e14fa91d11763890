package io.tfo.integration.faults;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.integration.faults.FaultCase.Connection;
import io.tfo.integration.faults.FaultCase.Report;
import io.tfo.testkit.Expect;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Writes and checks the table in {@code docs/faults.md}: a line for each row, a cell for each case.
 */
final class FaultTableFile {
  private static final Path FILE = Path.of("../docs/faults.md");
  private static final String BEGIN = "<!-- written by FaultTableSoakTest -->\n";
  private static final String END = "<!-- end -->";
  private static final String THEN = ", then ";

  /** The difference that a busy machine makes; every timeout of the kernel is longer. */
  private static final Duration NOISE = Duration.ofMillis(150);

  private static final String TIME = " [+-]?\\d+\\.\\d s";

  private FaultTableFile() {}

  static void write(List<Report> reports) throws IOException {
    String text = Files.readString(FILE);
    String machine =
        "Linux %s, %s, JDK %s.\n\n"
            .formatted(
                System.getProperty("os.version"),
                System.getProperty("os.arch"),
                System.getProperty("java.version"));
    Files.writeString(
        FILE,
        text.substring(0, text.indexOf(BEGIN) + BEGIN.length())
            + machine
            + table(reports)
            + text.substring(text.indexOf(END)));
  }

  private static String table(List<Report> reports) {
    StringBuilder table = new StringBuilder("| Fault | plain |");
    BackendsUnderTest.ALL
        .keySet()
        .forEach(backend -> table.append(' ').append(backend).append(" |"));
    table.append("\n|").append("---|".repeat(2 + BackendsUnderTest.ALL.size())).append('\n');
    for (FaultRow each : FaultRows.ALL) {
      List<Report> row = reports.stream().filter(report -> report.of().row() == each).toList();
      table.append("| ").append(each.title()).append(" | ").append(plain(row)).append(" |");
      for (String backend : BackendsUnderTest.ALL.keySet()) {
        table.append(' ').append(cell(row, backend)).append(" |");
      }
      table.append('\n');
    }
    return table.toString();
  }

  private static String plain(List<Report> row) {
    return sequence(row.get(0).plain(), i -> row.get(0).plain().get(i).time(), " %.1f s");
  }

  /** Returns one text where both versions of IP gave the same. */
  private static String cell(List<Report> row, String backend) {
    List<Report> both = row.stream().filter(each -> each.of().backend().equals(backend)).toList();
    List<String> texts = both.stream().map(FaultTableFile::text).toList();
    return texts.stream().map(FaultTableFile::withoutTimes).distinct().count() == 1
        ? texts.get(0)
        : both.stream().map(each -> version(each) + text(each)).collect(Collectors.joining("; "));
  }

  private static String version(Report report) {
    return report.of().ipv6() ? "IPv6: " : "IPv4: ";
  }

  private static String text(Report report) {
    return sequence(report.fast(), report::extra, " %+.1f s");
  }

  /** Lists the connections in order, or once where all are the same. */
  private static String sequence(
      List<Connection> connections, Function<Integer, Duration> time, String format) {
    List<String> texts =
        IntStream.range(0, connections.size())
            .mapToObj(i -> name(connections.get(i)) + seconds(time.apply(i), format))
            .toList();
    return String.join(THEN, texts.stream().distinct().count() == 1 ? texts.subList(0, 1) : texts);
  }

  private static String name(Connection connection) {
    if (connection.result() == FaultCase.Result.INTACT) {
      return connection.outcome() == null ? "intact" : "`" + connection.outcome() + "`";
    }
    return connection.result().name().toLowerCase(Locale.ROOT).replace('_', ' ');
  }

  private static String seconds(Duration time, String format) {
    return time.abs().compareTo(NOISE) < 0
        ? ""
        : String.format(Locale.ROOT, format, time.toMillis() / 1000.0);
  }

  /**
   * Asserts that the file says what a case has seen, apart from the times. A backend that came
   * after the table was written has no column, and nothing to compare.
   */
  static void check(Report seen) throws IOException {
    List<String> lines = Files.readAllLines(FILE);
    List<String> header = cells(line(lines, "Fault"));
    List<String> row = cells(line(lines, seen.of().row().title()));
    int column = header.indexOf(seen.of().backend());
    if (column < 0) {
      return;
    }
    String told =
        Stream.of(row.get(column).split("; "))
            .filter(part -> !part.startsWith("IPv") || part.startsWith(version(seen)))
            .map(part -> part.replace(version(seen), ""))
            .findFirst()
            .orElse("nothing");
    Expect.equal(FILE + ", " + seen.of(), withoutTimes(told), withoutTimes(text(seen)));
  }

  private static String line(List<String> lines, String first) {
    return lines.stream()
        .filter(line -> line.startsWith("| " + first + " |"))
        .findFirst()
        .orElseThrow(() -> new AssertionError(FILE + " has no line of " + first));
  }

  private static List<String> cells(String line) {
    return Stream.of(line.split("\\|")).map(String::strip).toList();
  }

  private static String withoutTimes(String cell) {
    String[] texts = cell.replaceAll(TIME, "").split(THEN);
    return Arrays.stream(texts).distinct().count() == 1 ? texts[0] : String.join(THEN, texts);
  }
}
