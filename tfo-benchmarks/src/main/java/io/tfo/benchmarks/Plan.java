package io.tfo.benchmarks;

import java.time.Duration;

/**
 * How much is measured.
 *
 * @param rounds rounds of the side-by-side runs
 * @param forks JVMs for each contender under JMH
 * @param iteration the time that JMH measures in each of these JVMs
 * @param bursts rounds of connects on virtual threads
 * @param starts fresh JVMs of each kind
 */
record Plan(int rounds, int forks, Duration iteration, int bursts, int starts) {
  /** Four minutes: shows that everything runs. */
  static final Plan QUICK = new Plan(5, 1, Duration.ofSeconds(1), 1, 3);

  /** A quarter of an hour: the figures that are published. */
  static final Plan FULL = new Plan(21, 3, Duration.ofSeconds(2), 7, 15);
}
