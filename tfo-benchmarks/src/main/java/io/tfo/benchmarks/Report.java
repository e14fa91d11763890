package io.tfo.benchmarks;

import java.util.List;
import java.util.stream.Stream;

/**
 * The figures of one run.
 *
 * @param taken a sentence with the date, the machine, the JDKs and the load before the run
 * @param tables the figures, in the order in which they were measured
 */
record Report(String taken, List<Table> tables) {
  private static final String BEGIN = "Taken on ";

  /** The sentence for a run that begins now. */
  static String takenNow() {
    return BEGIN + Machine.date() + ": " + Machine.describe() + ".";
  }

  /**
   * Reads what {@link Publication} has written.
   *
   * @throws IllegalArgumentException if the text does not say when the figures were taken
   */
  static Report parse(String text) {
    String taken =
        text.lines()
            .filter(line -> line.startsWith(BEGIN))
            .findFirst()
            .orElseThrow(() -> new IllegalArgumentException("no line begins with: " + BEGIN));
    return new Report(taken, MarkdownReader.tables(text));
  }

  /** Date and machine, as a chart has them below its title. */
  String subtitle() {
    return taken.substring(BEGIN.length()).replaceFirst("\\.$", "");
  }

  /** The two tables that the README shows: time to the first reply byte, and CPU time. */
  List<Table> summary() {
    return Stream.of(FirstByte.SUMMARY_TITLE, ConnectionCost.CPU_TITLE)
        .flatMap(title -> tables.stream().filter(table -> table.title().equals(title)))
        .toList();
  }
}
