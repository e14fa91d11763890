package io.tfo.testkit;

/** A rule cannot be tried here; the message is the reason. */
public final class RuleSkipped extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /**
   * A skip.
   *
   * @param reason why, for people
   */
  public RuleSkipped(String reason) {
    super(reason);
  }
}
