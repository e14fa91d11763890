package io.tfo.cli;

import io.tfo.lab.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A connection's segments as far as the reply.
 *
 * @param segments those, or none where nobody has watched
 */
record Handshake(List<Segment> segments) {
  /**
   * The beginning of the first connection that was seen, as far as the first data from the server.
   */
  static Handshake of(List<Segment> seen) {
    List<Segment> beginning = new ArrayList<>();
    Optional<Segment> syn = seen.stream().filter(Segment::isSyn).findFirst();
    for (Segment segment : seen) {
      if (syn.isEmpty() || !isOfOneConnection(syn.get(), segment)) {
        continue;
      }
      beginning.add(segment);
      if (segment.direction() == Segment.Direction.TO_CLIENT && segment.payloadLength() > 0) {
        break;
      }
    }
    return new Handshake(beginning);
  }

  private static boolean isOfOneConnection(Segment syn, Segment segment) {
    return segment.source().equals(syn.source()) || segment.destination().equals(syn.source());
  }

  boolean isKnown() {
    return !segments.isEmpty();
  }

  /** Whether the SYN had a cookie and data, all of which the SYN-ACK acknowledged. */
  boolean carriedData() {
    Optional<Segment> syn = segments.stream().filter(Segment::isSyn).findFirst();
    Optional<Segment> synAck = segments.stream().filter(Segment::isSynAck).findFirst();
    return syn.isPresent()
        && synAck.isPresent()
        && syn.get().payloadLength() > 0
        && syn.get().fastOpenCookie().filter(cookie -> cookie.length > 0).isPresent()
        && acknowledged(syn.get(), synAck.get()) == syn.get().payloadLength();
  }

  private static long acknowledged(Segment syn, Segment synAck) {
    return (synAck.acknowledgment() - syn.sequence() - 1) & 0xffff_ffffL;
  }
}
