package io.tfo.benchmarks;

/**
 * One line of figures.
 *
 * @param name whose
 * @param rival whose figure the ratio is to
 * @param value the figure, in the table's unit
 * @param ratio the ratio to the rival's, round by round
 * @param remark what else there is to say
 */
record Row(String name, String rival, Quartiles value, Quartiles ratio, String remark) {}
