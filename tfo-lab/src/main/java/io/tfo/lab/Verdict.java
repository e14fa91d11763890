package io.tfo.lab;

import java.time.Duration;
import java.util.List;

/**
 * The decision of a {@link Fault} about a segment.
 *
 * @param segments what is handed on in its place, in this order, each in its own direction
 * @param delay how much later than the delay of the wire
 */
public record Verdict(List<Segment> segments, Duration delay) {

  /** Copies the list. */
  public Verdict {
    segments = List.copyOf(segments);
    if (delay.isNegative()) {
      throw new IllegalArgumentException("delay " + delay);
    }
  }

  /** Lets a segment pass. */
  public static Verdict pass(Segment segment) {
    return new Verdict(List.of(segment), Duration.ZERO);
  }

  /** Lets nothing pass. */
  public static Verdict drop() {
    return new Verdict(List.of(), Duration.ZERO);
  }

  /** Sends others in its place: an edited copy, an answer to the sender, or several. */
  public static Verdict replace(Segment... others) {
    return new Verdict(List.of(others), Duration.ZERO);
  }

  /** Lets a segment pass twice. */
  public static Verdict duplicate(Segment segment) {
    return new Verdict(List.of(segment, segment), Duration.ZERO);
  }

  /** Lets a segment pass later than usual, so that others may overtake it. */
  public static Verdict delay(Segment segment, Duration extra) {
    return new Verdict(List.of(segment), extra);
  }
}
