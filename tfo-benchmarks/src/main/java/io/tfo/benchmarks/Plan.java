package io.tfo.benchmarks;

import java.time.Duration;

/**
 * How much is measured.
 *
 * @param rounds of the side-by-side runs
 * @param forks JVMs for each rival under JMH
 * @param iteration how long JMH measures in each
 * @param storms rounds of connects on virtual threads
 * @param starts fresh JVMs of each kind
 */
record Plan(int rounds, int forks, Duration iteration, int storms, int starts) {
  /** A look, in four minutes. */
  static final Plan QUICK = new Plan(5, 1, Duration.ofSeconds(1), 1, 3);

  /** What is published, in a quarter of an hour. */
  static final Plan FULL = new Plan(21, 3, Duration.ofSeconds(2), 7, 15);
}
