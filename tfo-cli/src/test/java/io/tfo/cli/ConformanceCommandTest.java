package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.testkit.Conformance;
import io.tfo.testkit.Rule;
import io.tfo.testkit.RuleResult;
import io.tfo.testkit.RuleResult.Verdict;
import io.tfo.testkit.RuleSource;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ConformanceCommandTest {
  @Test
  void runsOneRuleAgainstOneBackend() {
    String backend = Conformance.backends().get(0).name();
    CommandRun run = CommandRun.of("conformance", "--rule", "C09", "--backend", backend);
    assertThat(run.out())
        .contains("Running 1 rule ", "C09  open gives a connected, blocking channel")
        .contains(backend + ": 1 passed, 0 failed, 0 skipped");
    assertThat(run.status()).isZero();
  }

  @Test
  void passesItsArgumentsToTheProcessThatCanUseTheLab() {
    List<String> seen = new ArrayList<>();
    Relaunch relaunch =
        arguments -> {
          seen.addAll(arguments);
          return OptionalInt.of(1);
        };
    CommandRun run =
        CommandRun.of(InstalledReport::probe, relaunch, "conformance", "--rule", "W01");
    assertThat(seen).containsExactly("conformance", "--rule", "W01");
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(1);
  }

  @Test
  void printsEachReasonOfSkippedRulesOnceAndTheFailures() {
    RuleSource source = RuleSource.rfc(7413, "4.2.2");
    Rule first = Rule.must("C01", "one thing " + "that must be so ".repeat(5), source, s -> {});
    Rule second = Rule.must("C02", "another thing", source, s -> {});
    StringWriter out = new StringWriter();
    new ConformanceTable(
            CommandRun.terminal(out),
            List.of(first, second),
            List.of(
                new RuleResult("linux-connect", first, Verdict.SKIPPED, "no lab"),
                new RuleResult("linux-connect", second, Verdict.FAILED, "expected 1\nbut was 2"),
                new RuleResult("bsd", first, Verdict.SKIPPED, "no lab"),
                new RuleResult("bsd", second, Verdict.PASSED, "")))
        .print();
    assertThat(out.toString().lines())
        .allMatch(line -> line.length() <= Terminal.WIDTH)
        .containsOnlyOnce("[1] skipped: no lab")
        .contains(
            "C02 another thing [linux-connect]",
            "    expected 1",
            "    but was 2",
            "linux-connect: 0 passed, 1 failed, 1 skipped",
            "bsd: 1 passed, 0 failed, 1 skipped")
        .anyMatch(line -> line.matches("C01  one thing .* skipped \\[1\\] +skipped \\[1\\]"))
        .anyMatch(line -> line.matches("C02  another thing +FAILED +passed"));
  }
}
