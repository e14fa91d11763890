package io.tfo.testkit;

/** How strictly a {@link Rule} binds a backend, in the words of RFC 2119. */
public enum RuleStrength {
  /** Every backend keeps the rule. It is skipped only where the machine cannot run it. */
  MUST,

  /** A backend may lack this, for a reason that it states. The rule is then skipped. */
  SHOULD
}
