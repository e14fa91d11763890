package io.tfo.testkit;

/**
 * One demand on every backend, and the check that a backend meets it.
 *
 * @param id its lasting name, as in the testkit's README: {@code C} for the client side, {@code S}
 *     for the server side, {@code W} for what both sides show on the wire
 * @param strength how strictly it binds a backend
 * @param title what must be so, as a sentence
 * @param source the text that demands it
 * @param skippedWhen when it may be skipped; empty if never. A rule that is skipped all the same
 *     has failed
 * @param check tells whether a backend keeps it
 */
public record Rule(
    String id,
    RuleStrength strength,
    String title,
    RuleSource source,
    String skippedWhen,
    Check check) {
  /** Tells whether a backend keeps a rule. */
  @FunctionalInterface
  public interface Check {
    /**
     * Runs the rule, against loopback or in the lab.
     *
     * @param subject the backend
     * @throws RuleSkipped if the rule cannot be tried here, with the reason
     * @throws AssertionError if the rule is broken
     * @throws Exception if anything else goes wrong, which counts as broken, too
     */
    void run(TestedBackend subject) throws Exception;
  }

  /**
   * A rule that every backend keeps and that is never skipped.
   *
   * @param id its lasting name
   * @param title what must be so, as a sentence
   * @param source the text that demands it
   * @param check tells whether a backend keeps it
   * @return the rule
   */
  public static Rule must(String id, String title, RuleSource source, Check check) {
    return new Rule(id, RuleStrength.MUST, title, source, "", check);
  }

  /**
   * A rule that a backend may be excused from.
   *
   * @param id its lasting name
   * @param title what should be so, as a sentence
   * @param source the text that demands it
   * @param skippedWhen the excuse, and whatever else the rule may be skipped for
   * @param check tells whether a backend keeps it
   * @return the rule
   */
  public static Rule should(
      String id, String title, RuleSource source, String skippedWhen, Check check) {
    return new Rule(id, RuleStrength.SHOULD, title, source, skippedWhen, check);
  }

  /**
   * The same rule, which may be skipped.
   *
   * @param reason when, as a clause: {@code the JDK has no virtual threads}
   * @return a new rule
   */
  public Rule skippedWhen(String reason) {
    return new Rule(id, strength, title, source, reason, check);
  }

  /** Returns the strength and the source: {@code MUST, by RFC 7413, 4.2.2}. */
  String demand() {
    return strength + ", by " + source;
  }

  /** Returns the id and the title. */
  @Override
  public String toString() {
    return id + " " + title;
  }
}
