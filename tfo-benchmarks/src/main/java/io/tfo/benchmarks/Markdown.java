package io.tfo.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Figures as tables in Markdown. */
final class Markdown {
  private Markdown() {}

  /** All of them, under a heading each. */
  static String of(List<Table> tables) {
    return tables.stream().map(Markdown::section).collect(Collectors.joining("\n"));
  }

  private static String section(Table table) {
    StringBuilder text = new StringBuilder("## %s%n%n".formatted(table.title()));
    if (!table.rows().isEmpty()) {
      text.append(
          "| | %s, median (quartiles) | ratio (quartiles), %s | to | |%n|---|---|---|---|---|%n"
              .formatted(table.unit(), table.better().words));
      for (Row row : table.rows()) {
        text.append(
            "| %s | %s | %s | %s | %s |%n"
                .formatted(
                    row.name(),
                    values(row.value()),
                    row.name().equals(row.rival()) ? "1" : ratios(row.ratio()),
                    row.name().equals(row.rival()) ? "" : row.rival(),
                    row.remark()));
      }
      text.append('\n');
    }
    return text.append(table.note()).append('\n').toString();
  }

  private static String values(Quartiles spread) {
    return "%s (%s to %s)"
        .formatted(value(spread.median()), value(spread.low()), value(spread.high()));
  }

  /** Three digits that count, and no more decimals than help. */
  static String value(double value) {
    int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  private static String ratios(Quartiles spread) {
    return "%s (%s to %s)"
        .formatted(ratio(spread.median()), ratio(spread.low()), ratio(spread.high()));
  }

  static String ratio(double ratio) {
    return String.format(Locale.ROOT, "%.2f", ratio);
  }
}
