package io.tfo.cli;

import io.tfo.lab.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The segments of a connection, up to the first data of the reply.
 *
 * @param segments the segments; empty without a capture
 */
record FirstSegments(List<Segment> segments) {
  /** Selects the segments of the first connection, up to the first data from the server. */
  static FirstSegments of(List<Segment> captured) {
    List<Segment> beginning = new ArrayList<>();
    Optional<Segment> syn = captured.stream().filter(Segment::isSyn).findFirst();
    for (Segment segment : captured) {
      if (syn.isEmpty() || !isOfOneConnection(syn.get(), segment)) {
        continue;
      }
      beginning.add(segment);
      if (segment.direction() == Segment.Direction.TO_CLIENT && segment.payloadLength() > 0) {
        break;
      }
    }
    return new FirstSegments(beginning);
  }

  private static boolean isOfOneConnection(Segment syn, Segment segment) {
    return segment.source().equals(syn.source()) || segment.destination().equals(syn.source());
  }

  boolean isCaptured() {
    return !segments.isEmpty();
  }

  /** Whether the SYN carried a cookie and data, and the SYN-ACK acknowledged all of the data. */
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
