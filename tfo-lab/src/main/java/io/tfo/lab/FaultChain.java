package io.tfo.lab;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Applies the faults of a wire in order; each sees the segments that the previous one hands on. */
final class FaultChain {

  /** A segment that is handed on, and how much later than usual. */
  record Passage(Segment segment, Duration extra) {}

  /** What the record shows, and what is handed on. */
  record Outcome(List<Segment> seen, List<Passage> passages) {}

  private FaultChain() {}

  static Outcome apply(List<Fault> faults, Segment segment) {
    List<Passage> passages = List.of(new Passage(segment, Duration.ZERO));
    for (Fault fault : faults) {
      List<Passage> after = new ArrayList<>();
      for (Passage passage : passages) {
        Verdict verdict = fault.on(passage.segment());
        Duration extra = passage.extra().plus(verdict.delay());
        verdict.segments().forEach(next -> after.add(new Passage(next, extra)));
      }
      passages = after;
    }
    List<Segment> seen = new ArrayList<>();
    seen.add(segment.withFate(fate(segment, passages)));
    passages.stream().map(Passage::segment).filter(next -> next != segment).forEach(seen::add);
    return new Outcome(seen, passages);
  }

  private static Segment.Fate fate(Segment segment, List<Passage> passages) {
    List<Passage> same = passages.stream().filter(next -> next.segment() == segment).toList();
    if (same.isEmpty()) {
      return passages.isEmpty() ? Segment.Fate.DROPPED : Segment.Fate.CHANGED;
    }
    if (same.size() > 1) {
      return Segment.Fate.DUPLICATED;
    }
    return same.get(0).extra().isZero() ? Segment.Fate.DELIVERED : Segment.Fate.DELAYED;
  }
}
