/**
 * The conformance suite: what every backend must do, rule by rule.
 *
 * <p>{@link io.tfo.testkit.ConformanceTests} runs it in JUnit, {@link io.tfo.testkit.Conformance}
 * anywhere.
 */
@NullMarked
package io.tfo.testkit;

import org.jspecify.annotations.NullMarked;
