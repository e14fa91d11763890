package io.tfo.testkit;

import io.tfo.spi.FastOpenBackend;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The suite as JUnit tests: an empty subclass in your tests runs every rule against every backend
 * on the class path.
 */
public abstract class ConformanceTests {
  /** For subclasses. */
  protected ConformanceTests() {}

  /**
   * The backends to test.
   *
   * @return those that {@link java.util.ServiceLoader} finds, unless overridden
   */
  protected List<FastOpenBackend> backends() {
    return Conformance.backends();
  }

  /**
   * One test for each rule and backend.
   *
   * @return the tests
   */
  @TestFactory
  protected Stream<DynamicNode> everyBackendKeepsEveryRule() {
    return backends().stream()
        .map(
            backend ->
                DynamicContainer.dynamicContainer(
                    backend.name(),
                    Conformance.rules().stream()
                        .map(
                            rule ->
                                DynamicTest.dynamicTest(
                                    rule.toString(),
                                    () -> report(Conformance.run(rule, backend))))));
  }

  private static void report(RuleResult result) {
    switch (result.verdict()) {
      case FAILED -> Assertions.fail(result.toString());
      case SKIPPED -> Assumptions.abort(result.toString());
      case PASSED -> {}
    }
  }
}
