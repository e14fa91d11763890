package io.tfo.testkit;

/** Thrown by a rule that cannot be tried here; the message is the reason. */
public final class RuleSkipped extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * Creates the exception.
   *
   * @param reason why the rule cannot be tried, and what would allow it
   */
  public RuleSkipped(String reason) {
    super(reason);
  }
}
