/**
 * What a connection costs, beside the JDK's own and Netty's.
 *
 * <p>Every figure is taken side by side: each rival has a JVM of its own, so that none spoils the
 * other's profile, and they are measured in turn, in many short rounds. What is printed is the
 * median of the rounds, with its quartiles, and the same for the ratio to a rival in the same
 * round.
 */
@NullMarked
package io.tfo.benchmarks;

import org.jspecify.annotations.NullMarked;
