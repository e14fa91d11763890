package io.tfo.integration.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tfo.testkit.Conformance;
import io.tfo.testkit.ConformanceProcess;
import io.tfo.testkit.Rule;
import io.tfo.testkit.RuleResult;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Runs the conformance suite in a process of its own, which can use the lab. */
class ConformanceProcessTest {
  @Test
  void reportsAResultForEachRuleAndRunsTheRulesOfTheWire() throws Exception {
    assumeThat(unshareWorks()).as("unshare -Ur works").isTrue();
    List<RuleResult> results = ConformanceProcess.run(List.of(BrokenBackend.GOOD.name()));
    assertThat(results)
        .extracting(RuleResult::rule)
        .extracting(Rule::id)
        .isEqualTo(Conformance.rules().stream().map(Rule::id).toList());
    assertThat(results)
        .filteredOn(result -> result.verdict() == RuleResult.Verdict.FAILED)
        .isEmpty();
    assertThat(results)
        .filteredOn(result -> result.rule().id().startsWith("W"))
        .allMatch(result -> result.verdict() == RuleResult.Verdict.PASSED);
  }

  private static boolean unshareWorks() throws InterruptedException {
    try {
      Process process = new ProcessBuilder("unshare", "-Ur", "true").start();
      return process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false;
    }
  }
}
