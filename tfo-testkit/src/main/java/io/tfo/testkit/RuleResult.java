package io.tfo.testkit;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Locale;

/**
 * The result of one rule for one backend.
 *
 * @param backend the backend's name
 * @param rule the rule
 * @param verdict whether the backend keeps the rule
 * @param detail why it was skipped, or how it failed and which text demands it; empty where it
 *     passed
 */
public record RuleResult(String backend, Rule rule, Verdict verdict, String detail) {
  /** Whether a backend keeps a rule. */
  public enum Verdict {
    /** The backend keeps the rule. */
    PASSED,
    /** The backend breaks the rule. */
    FAILED,
    /** The rule could not be tried. */
    SKIPPED
  }

  static RuleResult failed(String backend, Rule rule, Throwable failure) {
    if (failure instanceof AssertionError && failure.getMessage() != null) {
      return failed(backend, rule, failure.getMessage());
    }
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace, true));
    return failed(backend, rule, trace.toString());
  }

  static RuleResult failed(String backend, Rule rule, String message) {
    String detail = message.stripTrailing() + "\n(" + rule.demand() + ")";
    return new RuleResult(backend, rule, Verdict.FAILED, detail);
  }

  /** Returns a line with the verdict, the rule and the backend, and the detail behind it. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%-7s %s [%s]%s",
        verdict,
        rule,
        backend,
        detail.isEmpty() ? "" : ": " + detail);
  }
}
