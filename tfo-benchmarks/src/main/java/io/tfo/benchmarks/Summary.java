package io.tfo.benchmarks;

import java.util.List;
import java.util.stream.Collectors;

/** The few figures that the project's README shows, between two marks. */
final class Summary {
  static final String BEGIN = "<!-- figures: written by tfo-benchmarks -->";
  static final String END = "<!-- figures: end -->";

  private Summary() {}

  /** A text with what stands between the marks replaced. */
  static String replace(String text, List<Table> tables, String taken) {
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new IllegalArgumentException("no place for figures: " + BEGIN + " and " + END);
    }
    return text.substring(0, begin + BEGIN.length())
        + "\n\n"
        + "![Ratios to the JDK as bars](tfo-benchmarks/results/figures.svg)\n\n"
        + of(tables)
        + "\nThe socket factory is compared with the JDK's `Socket`, the selector provider with its channel"
        + " and a selector, all else with its `SocketChannel`. "
        + taken
        + " [All figures, with their spread](tfo-benchmarks/results/figures.md).\n"
        + "\n"
        + text.substring(end);
  }

  /** A column for each rival: the ratios alone. */
  static String of(List<Table> tables) {
    List<Contender> rivals =
        List.of(Contender.values()).stream()
            .filter(rival -> rival != Contender.JDK_CHANNEL)
            .toList();
    String head =
        rivals.stream().map(rival -> " " + rival.label + " |").collect(Collectors.joining());
    return "| ratio to the JDK |"
        + head
        + "\n|---|"
        + "---|".repeat(rivals.size())
        + "\n"
        + tables.stream()
            .filter(table -> table.rows().size() == Contender.values().length)
            .map(table -> line(table, rivals))
            .collect(Collectors.joining());
  }

  private static String line(Table table, List<Contender> rivals) {
    return "| "
        + table.title()
        + " |"
        + rivals.stream()
            .map(rival -> " " + ratio(table, rival) + " |")
            .collect(Collectors.joining())
        + "\n";
  }

  private static String ratio(Table table, Contender rival) {
    return table.rows().stream()
        .filter(row -> row.name().equals(rival.label))
        .map(row -> Markdown.ratio(row.ratio().median()))
        .findFirst()
        .orElse("");
  }
}
