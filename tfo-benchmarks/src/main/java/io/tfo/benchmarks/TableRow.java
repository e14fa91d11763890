package io.tfo.benchmarks;

/**
 * One line of figures.
 *
 * @param name what was measured: a contender, or a way to start or listen
 * @param baseline the name of the row that the ratio refers to; the row itself if equal to its name
 * @param value the figure, in the table's unit
 * @param ratio the ratio to the baseline's figure of the same round
 * @param remark further facts, or empty
 */
record TableRow(String name, String baseline, Quartiles value, Quartiles ratio, String remark) {}
