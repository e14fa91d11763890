package io.tfo.benchmarks;

import java.util.List;

/**
 * The figures of one measurement.
 *
 * @param title what was measured
 * @param unit the unit of the values
 * @param better whether a lower or a higher ratio is better
 * @param rows one for each contender; empty if nothing could be measured
 * @param note how it was measured, or why it was not
 */
record Table(String title, String unit, Better better, List<TableRow> rows, String note) {
  /** Whether a lower or a higher ratio is better. */
  enum Better {
    LOWER("less is better"),
    HIGHER("more is better");

    final String words;

    Better(String words) {
      this.words = words;
    }
  }

  /** A table without rows, for a measurement that was not possible. */
  static Table none(String title, String reason) {
    return new Table(title, "", Better.LOWER, List.of(), "Not measured: " + reason);
  }
}
