package io.tfo.jna;

import io.tfo.jna.PendingConnect.End;
import io.tfo.timer.DaemonTimer;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Watches non-blocking connects, one at a time to each destination. The next connect there looks at
 * it, and a timer that all share, a few times in a SYN timeout.
 */
final class PendingConnects {
  private static final Duration BETWEEN_LOOKS = Duration.ofMillis(300);

  /** A connect that has no answer by then is left alone: the channel shall not be held. */
  private static final Duration LONGEST = Duration.ofSeconds(130);

  /** By then its second SYN is answered, unless that is lost, too. */
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

  /** Looks at the last connect to a destination, before the next one. */
  void look(InetSocketAddress destination) {
    look(slot(destination));
  }

  /**
   * Watches a connect. Where another one is watched, that stays. Only a connect that decides about
   * what is known of its destination takes its place, where that one does not decide, or has had
   * the time to.
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
