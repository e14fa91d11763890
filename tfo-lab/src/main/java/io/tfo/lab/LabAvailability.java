package io.tfo.lab;

import java.util.Optional;

/**
 * The kind of lab that this process can open. If it is not the best kind, also the reason and a
 * remedy.
 *
 * @param kind the best kind that could be opened
 * @param detail the reason, as a sentence
 * @param remedy what would make {@link Kind#TWO_HOSTS} possible; empty if nothing would
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
