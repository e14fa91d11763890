package io.tfo.benchmarks;

import java.util.List;

/**
 * The figures of one measurement.
 *
 * @param title what was measured
 * @param unit of the values
 * @param better which of two ratios is the better one
 * @param rows one for each rival
 * @param note how it was measured, or why it was not
 */
record Table(String title, String unit, Better better, List<Row> rows, String note) {
  /** Which way the aim is. */
  enum Better {
    LOWER("less is better"),
    HIGHER("more is better");

    final String words;

    Better(String words) {
      this.words = words;
    }
  }

  /** Where nothing could be measured. */
  static Table none(String title, String reason) {
    return new Table(title, "", Better.LOWER, List.of(), "Not measured: " + reason);
  }
}
