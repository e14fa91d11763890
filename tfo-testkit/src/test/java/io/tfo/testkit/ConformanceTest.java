package io.tfo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.spi.FastOpenBackend;
import org.junit.jupiter.api.Test;

class ConformanceTest {
  private static final RuleSource SOURCE = RuleSource.rfc(7413, "4.2.2");

  /** A backend of which the rules here call no method. */
  private static final class Unused implements FastOpenBackend {
    @Override
    public String name() {
      return "unused";
    }

    @Override
    public int priority() {
      return 0;
    }

    @Override
    public FastOpenConnector connector() {
      throw new UnsupportedOperationException();
    }

    @Override
    public FastOpenListener listener() {
      throw new UnsupportedOperationException();
    }
  }

  private static RuleResult run(Rule rule) {
    return Conformance.run(rule, new Unused());
  }

  private static final Rule.Check SKIPS =
      subject -> {
        throw new RuleSkipped("no such thing here");
      };

  @Test
  void aFailureNamesTheTextThatDemandsTheRule() {
    Rule rule =
        Rule.must(
            "C01",
            "one is two",
            SOURCE,
            subject -> {
              throw new AssertionError("1: expected 2 but was 1");
            });
    assertThat(run(rule))
        .hasToString(
            "FAILED  C01 one is two [unused]: 1: expected 2 but was 1\n"
                + "(MUST, by RFC 7413, 4.2.2)");
  }

  @Test
  void aRuleThatMayBeSkippedIsSkippedWithTheReason() {
    Rule rule = Rule.should("C01", "one is two", SOURCE, "there is no two", SKIPS);
    assertThat(run(rule)).hasToString("SKIPPED C01 one is two [unused]: no such thing here");
    assertThat(run(Rule.must("C01", "one is two", SOURCE, SKIPS).skippedWhen("there is no two")))
        .hasToString("SKIPPED C01 one is two [unused]: no such thing here");
  }

  @Test
  void aRuleThatMayNeverBeSkippedFails() {
    assertThat(run(Rule.must("C01", "one is two", SOURCE, SKIPS)).verdict())
        .isEqualTo(RuleResult.Verdict.FAILED);
  }

  @Test
  void anExceptionIsAFailureWithItsStackTrace() {
    Rule rule = Rule.must("C01", "unused", SOURCE, subject -> subject.connector().capability());
    RuleResult result = run(rule);
    assertThat(result.verdict()).isEqualTo(RuleResult.Verdict.FAILED);
    assertThat(result.detail())
        .startsWith("java.lang.UnsupportedOperationException\n")
        .endsWith("(MUST, by RFC 7413, 4.2.2)");
  }
}
