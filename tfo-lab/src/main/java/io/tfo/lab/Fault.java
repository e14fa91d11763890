package io.tfo.lab;

/**
 * A fault of the wire: sees each TCP segment and decides what is handed on.
 *
 * <p>Faults run on the thread of the wire, one at a time, and must not wait. {@link Faults} has the
 * usual ones.
 */
@FunctionalInterface
public interface Fault {

  /**
   * Decides about one segment.
   *
   * @param segment a segment on its way, in either direction
   * @return what is handed on
   * @throws RuntimeException drops the segment, and is thrown by the next call that reads the
   *     record
   */
  Verdict on(Segment segment);
}
