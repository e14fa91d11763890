package io.tfo.benchmarks;

import java.util.Collection;

/**
 * The median of some values, with the first and the third quartile.
 *
 * @param low the first quartile
 * @param median the second
 * @param high the third
 */
record Quartiles(double low, double median, double high) {
  static Quartiles of(Collection<Double> values) {
    double[] sorted = sorted(values);
    return new Quartiles(quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75));
  }

  static double median(long[] values) {
    double[] sorted = java.util.Arrays.stream(values).asDoubleStream().sorted().toArray();
    return quantile(sorted, 0.5);
  }

  static double quantile(Collection<Double> values, double share) {
    return quantile(sorted(values), share);
  }

  private static double[] sorted(Collection<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("no values");
    }
    return values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
  }

  /** Interpolates linearly between two values. */
  private static double quantile(double[] sorted, double share) {
    double at = share * (sorted.length - 1);
    int below = (int) at;
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (at - below) * (sorted[above] - sorted[below]);
  }
}
