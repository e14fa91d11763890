package io.tfo.lab;

import java.util.Optional;

/**
 * The kind of lab that this process can have, and if not the best one, why and what would help.
 *
 * @param kind the best kind that was really opened
 * @param detail the reason, as a sentence
 * @param remedy what would give {@link Kind#TWO_HOSTS}, where something would
 */
public record LabAvailability(Kind kind, String detail, Optional<String> remedy) {

  /** What a lab can do. */
  public enum Kind {
    /** Two namespaces and a wire with delays, faults and a record of all segments. */
    TWO_HOSTS,
    /** Both hosts on the loopback interface of one namespace: a record, no delays, no faults. */
    LOOPBACK,
    /** No lab. */
    NONE
  }

  /** Returns the kind, the reason and the remedy in one line. */
  @Override
  public String toString() {
    return kind + ": " + detail + remedy.map(text -> "; " + text).orElse("");
  }
}
