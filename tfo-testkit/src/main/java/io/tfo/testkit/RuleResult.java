package io.tfo.testkit;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What a rule said of a backend.
 *
 * @param backend the backend's name
 * @param rule the rule
 * @param verdict what came out
 * @param detail why it was skipped, or how it failed; empty where it passed
 */
public record RuleResult(String backend, Rule rule, Verdict verdict, String detail) {
  /** What came out. */
  public enum Verdict {
    /** The backend keeps the rule. */
    PASSED,
    /** It does not. */
    FAILED,
    /** The rule could not be tried. */
    SKIPPED
  }

  static RuleResult failed(String backend, Rule rule, Throwable failure) {
    if (failure instanceof AssertionError && failure.getMessage() != null) {
      return new RuleResult(backend, rule, Verdict.FAILED, failure.getMessage());
    }
    StringWriter trace = new StringWriter();
    failure.printStackTrace(new PrintWriter(trace, true));
    return new RuleResult(backend, rule, Verdict.FAILED, trace.toString());
  }

  /** One line for people, and the detail. */
  @Override
  public String toString() {
    return "%-7s %s [%s]%s"
        .formatted(verdict, rule, backend, detail.isEmpty() ? "" : ": " + detail);
  }
}
