package io.tfo.lab;

/**
 * Something that goes wrong on the wire: it sees each TCP segment and decides what becomes of it.
 *
 * <p>Faults run on the thread of the wire, one at a time, and must not wait. {@link Faults} has the
 * usual ones.
 */
@FunctionalInterface
public interface Fault {

  /** Decides about one segment. An exception drops the segment and fails the test's next look. */
  Verdict on(Segment segment);
}
