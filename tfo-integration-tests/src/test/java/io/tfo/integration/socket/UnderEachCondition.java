package io.tfo.integration.socket;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Runs a test under each {@link io.tfo.integration.faults.NetworkCondition} that {@link
 * ConditionEvidence} can see.
 */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest
@EnumSource(
    names = {
      "NONE",
      "OFF_AT_CLIENT",
      "OFF_AT_SERVER",
      "OPTION_STRIPPED",
      "SYN_DATA_STRIPPED",
      "SYN_DATA_DROPPED",
      "SYN_DUPLICATED"
    })
@interface UnderEachCondition {}
