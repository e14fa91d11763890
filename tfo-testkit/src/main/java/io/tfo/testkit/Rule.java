package io.tfo.testkit;

/**
 * One thing that every backend must do.
 *
 * @param id its lasting name, as in the testkit's README: {@code C} for the client side, {@code S}
 *     for the server side, {@code W} for what both sides show on the wire
 * @param title what must be so, as a sentence
 * @param check finds out
 */
public record Rule(String id, String title, Check check) {
  /** Finds out whether a backend keeps a rule. */
  @FunctionalInterface
  public interface Check {
    /**
     * Runs the rule, against loopback or in the lab.
     *
     * @param subject the backend
     * @throws RuleSkipped if the rule cannot be tried here; with the reason
     * @throws AssertionError if the rule is broken
     * @throws Exception if anything else goes wrong, which counts as broken, too
     */
    void run(Subject subject) throws Exception;
  }

  @Override
  public String toString() {
    return id + " " + title;
  }
}
