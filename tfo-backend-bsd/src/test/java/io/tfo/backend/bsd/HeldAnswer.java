package io.tfo.backend.bsd;

import io.tfo.lab.Fault;
import io.tfo.lab.Segment;
import io.tfo.lab.Verdict;
import org.jspecify.annotations.Nullable;

/** Keeps the first SYN-ACK until it is released. Then it replaces the next segment. */
final class HeldAnswer implements Fault {
  private @Nullable Segment held;
  private boolean isReleased;

  /** Lets the answer go. */
  synchronized void release() {
    isReleased = true;
  }

  @Override
  public synchronized Verdict on(Segment segment) {
    if (isReleased) {
      Segment answer = held;
      held = null;
      return answer == null ? Verdict.pass(segment) : Verdict.replace(answer);
    }
    if (segment.isSynAck()) {
      held = held == null ? segment : held;
      return Verdict.drop();
    }
    return Verdict.pass(segment);
  }
}
