/**
 * Measures what a connection costs with this library, with the JDK alone, and with Netty.
 *
 * <p>All contenders are measured side by side, in turns, in many short rounds. Each has a JVM of
 * its own, so that none changes the JIT compiler's profile of another. A figure is the median of
 * the rounds with its quartiles; a ratio is the median of the ratios to the baseline in the same
 * round.
 */
@NullMarked
package io.tfo.benchmarks;

import org.jspecify.annotations.NullMarked;
