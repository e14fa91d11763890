package io.tfo.jna;

import io.tfo.jna.PendingConnect.End;
import io.tfo.timer.DaemonTimer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Watches non-blocking connects, one at a time to each destination. The next connect to that
 * destination checks it. So does a timer that all share, a few times in a SYN timeout.
 */
final class PendingConnects {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(300);

  /**
   * A connect without an answer after this time is no longer watched, so that its channel is not
   * kept.
   */
  private static final Duration LONGEST = Duration.ofSeconds(130);

  /** After this time the second SYN is answered, unless it is lost, too. */
  private static final Duration TIME_TO_DECIDE = Duration.ofSeconds(2);

  private static final int SLOT_BITS = 10;
  private static final int SLOTS = 1 << SLOT_BITS;

  private final SynLossDetector outcomes;
  private final AtomicReferenceArray<@Nullable PendingConnect> slots =
      new AtomicReferenceArray<>(SLOTS);
  private final AtomicBoolean scheduled = new AtomicBoolean();

  PendingConnects(SynLossDetector outcomes) {
    this.outcomes = outcomes;
  }

  /** Checks the last connect to a destination, before the next one. */
  void look(InetSocketAddress destination) {
    look(slot(destination));
  }

  /**
   * Watches a connect, unless another one is watched in its slot. Then it takes the other's place
   * only if it decides about what is known of its destination, and the other one does not, or has
   * had the time to decide.
   */
  void add(PendingConnect connect) {
    if (outcomes.isOff()) {
      return;
    }
    connect.decides = outcomes.remembers(connect.destination);
    int slot = slot(connect.destination);
    PendingConnect watched;
    do {
      watched = slots.get(slot);
      if (watched != null && !(connect.decides && givesWay(watched))) {
        return;
      }
    } while (!slots.compareAndSet(slot, watched, connect));
    scheduleUnlessScheduled();
  }

  private boolean givesWay(PendingConnect watched) {
    return !watched.decides || outcomes.now() - watched.start() >= TIME_TO_DECIDE.toNanos();
  }

  private static int slot(InetSocketAddress destination) {
    // Neighbours differ in few bits, and an odd factor spreads them over the upper ones.
    return (destination.hashCode() * 0x9E3779B1) >>> (Integer.SIZE - SLOT_BITS);
  }

  /** Returns whether a connect is still watched there. */
  private boolean look(int slot) {
    PendingConnect connect = slots.get(slot);
    if (connect == null) {
      return false;
    }
    End end = connect.end();
    boolean isOver = end != End.NONE_YET || outcomes.now() - connect.start() >= LONGEST.toNanos();
    if (isOver && slots.compareAndSet(slot, connect, null) && end != End.NONE_YET) {
      connect.tell(end, outcomes);
    }
    return !isOver;
  }

  private void scheduleUnlessScheduled() {
    if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
      try {
        DaemonTimer.run(this::lookAtAll, BETWEEN_LOOKS);
      } catch (OutOfMemoryError e) { // no further thread: the next connect tries again
        scheduled.set(false);
      }
    }
  }

  private void lookAtAll() {
    scheduled.set(false);
    boolean watched = false;
    try {
      for (int slot = 0; slot < SLOTS; slot++) {
        watched |= look(slot);
      }
    } finally {
      if (watched) {
        scheduleUnlessScheduled();
      }
    }
  }
}
