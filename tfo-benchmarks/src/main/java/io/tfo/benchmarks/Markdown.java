package io.tfo.benchmarks;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Writes figures as tables in Markdown. */
final class Markdown {
  /** The mark before a table's title. */
  static final String HEADING = "### ";

  private Markdown() {}

  /** All tables, each with a heading. */
  static String of(List<Table> tables) {
    return tables.stream().map(Markdown::section).collect(Collectors.joining("\n"));
  }

  private static String section(Table table) {
    StringBuilder text = new StringBuilder(HEADING + table.title() + "\n\n");
    if (!table.rows().isEmpty()) {
      text.append(
          "| | %s, median (quartiles) | ratio (quartiles), %s | to | |\n|---|---|---|---|---|\n"
              .formatted(table.unit(), table.better().words));
      for (TableRow row : table.rows()) {
        text.append(
            "| %s | %s | %s | %s | %s |\n"
                .formatted(
                    row.name(),
                    values(row.value()),
                    row.name().equals(row.baseline()) ? "1" : ratios(row.ratio()),
                    row.name().equals(row.baseline()) ? "" : row.baseline(),
                    row.remark()));
      }
      text.append('\n');
    }
    return text.append(table.note()).append('\n').toString();
  }

  private static String values(Quartiles quartiles) {
    return "%s (%s to %s)"
        .formatted(value(quartiles.median()), value(quartiles.low()), value(quartiles.high()));
  }

  /** A value with about three significant digits. */
  static String value(double value) {
    int decimals = value >= 100 ? 0 : value >= 10 ? 1 : 2;
    return String.format(Locale.ROOT, "%,." + decimals + "f", value);
  }

  private static String ratios(Quartiles quartiles) {
    return "%s (%s to %s)"
        .formatted(ratio(quartiles.median()), ratio(quartiles.low()), ratio(quartiles.high()));
  }

  static String ratio(double ratio) {
    return String.format(Locale.ROOT, "%.2f", ratio);
  }
}
