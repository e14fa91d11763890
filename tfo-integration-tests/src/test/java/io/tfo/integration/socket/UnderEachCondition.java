package io.tfo.integration.socket;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Runs a test under {@linkplain io.tfo.integration.soak.SomeCases some} of the conditions that
 * {@link ConditionEvidence} can see, and in the soak under each.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest
@MethodSource("io.tfo.integration.socket.ConditionEvidence#conditions")
@interface UnderEachCondition {}
