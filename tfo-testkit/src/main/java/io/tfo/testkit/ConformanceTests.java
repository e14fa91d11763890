package io.tfo.testkit;

import io.tfo.lab.LabProcess;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The suite as JUnit tests. An empty subclass runs every rule against every backend on the class
 * path.
 */
public abstract class ConformanceTests {
  /** Creates the tests. */
  protected ConformanceTests() {}

  /**
   * Returns the backends to test.
   *
   * @return those that {@link java.util.ServiceLoader} finds, unless overridden
   */
  protected List<FastOpenBackend> backends() {
    return Conformance.backends();
  }

  /**
   * One test for each rule and backend. If only a {@linkplain ConformanceProcess process of its
   * own} may open a lab, the suite is run in such a process.
   *
   * @return the tests
   * @throws IOException if that process fails
   */
  @TestFactory
  protected Stream<DynamicNode> everyBackendKeepsEveryRule() throws IOException {
    List<FastOpenBackend> backends = backends();
    Set<String> installed =
        Conformance.backends().stream().map(FastOpenBackend::name).collect(Collectors.toSet());
    List<String> elsewhere =
        LabProcess.needed()
            ? backends.stream().map(FastOpenBackend::name).filter(installed::contains).toList()
            : List.of();
    Map<String, List<RuleResult>> results =
        (elsewhere.isEmpty() ? List.<RuleResult>of() : ConformanceProcess.run(elsewhere))
            .stream().collect(Collectors.groupingBy(RuleResult::backend));
    return backends.stream()
        .map(
            backend ->
                DynamicContainer.dynamicContainer(
                    backend.name(),
                    results.containsKey(backend.name())
                        ? results.get(backend.name()).stream().map(ConformanceTests::known)
                        : Conformance.rules().stream().map(rule -> live(rule, backend))));
  }

  private static DynamicNode known(RuleResult result) {
    return DynamicTest.dynamicTest(result.rule().toString(), () -> report(result));
  }

  private static DynamicNode live(Rule rule, FastOpenBackend backend) {
    return DynamicTest.dynamicTest(rule.toString(), () -> report(Conformance.run(rule, backend)));
  }

  private static void report(RuleResult result) {
    switch (result.verdict()) {
      case FAILED -> Assertions.fail(result.toString());
      case SKIPPED -> Assumptions.abort(result.toString());
      case PASSED -> {}
    }
  }
}
