package io.tfo.benchmarks;

import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** The figures as {@code README.md} and {@code docs/figures.md} show them. */
final class Summary {
  private static final String COMPARED =
      """
      The socket factory is compared with the JDK's `Socket`, the selector provider with its channel
      and a selector, all others with its `SocketChannel`.""";

  private Summary() {}

  /** The small chart, and the ratios of this library. */
  static String readme(Report report) {
    return """
    ![Ratios to the JDK as bars: time to the first reply byte, CPU time](docs/figures-summary.svg)

    %s
    %s
    %s [All figures](docs/figures.md).
    """
        .formatted(ratios(report.summary(), Contender::isOurs), COMPARED, report.taken());
  }

  /** The large chart, the ratios of all contenders, and all tables. */
  static String figures(Report report) {
    return """
    %s

    ![Ratios to the JDK as bars](figures.svg)

    %s
    %s

    %s"""
        .formatted(
            report.taken(),
            ratios(report.tables(), contender -> contender != Contender.JDK_CHANNEL),
            COMPARED,
            Markdown.of(report.tables()));
  }

  /** A line for each table that has all contenders, a column for each chosen one. */
  private static String ratios(List<Table> tables, Predicate<Contender> chosen) {
    List<Contender> columns = Contender.UNTIMED.stream().filter(chosen).toList();
    String head =
        columns.stream().map(each -> " " + each.label + " |").collect(Collectors.joining());
    return "| ratio to the JDK |"
        + head
        + "\n|---|"
        + "---|".repeat(columns.size())
        + "\n"
        + tables.stream()
            .filter(table -> table.rows().size() == Contender.UNTIMED.size())
            .map(table -> line(table, columns))
            .collect(Collectors.joining());
  }

  private static String line(Table table, List<Contender> columns) {
    return "| "
        + table.title()
        + " |"
        + columns.stream()
            .map(contender -> " " + ratio(table, contender) + " |")
            .collect(Collectors.joining())
        + "\n";
  }

  private static String ratio(Table table, Contender contender) {
    return table.rows().stream()
        .filter(row -> row.name().equals(contender.label))
        .map(row -> Markdown.ratio(row.ratio().median()))
        .findFirst()
        .orElse("");
  }
}
