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

  /** A connect that has no answer by then has none: others are to be watched, too. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private static final int SLOTS = 1024;

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
   * Watches a connect. Where another one is watched, that stays, unless this one decides about what
   * is known of its destination, and that one does not.
   */
  void add(PendingConnect connect) {
    if (outcomes.isOff()) {
      return;
    }
    connect.decides = outcomes.remembers(connect.destination);
    int slot = slot(connect.destination);
    PendingConnect watched = slots.get(slot);
    if ((watched == null || (connect.decides && !watched.decides))
        && slots.compareAndSet(slot, watched, connect)) {
      scheduleUnlessScheduled();
    }
  }

  private static int slot(InetSocketAddress destination) {
    int hash = destination.hashCode();
    return (hash ^ (hash >>> 16)) & (SLOTS - 1);
  }

  /** Returns whether a connect is still watched there. */
  private boolean look(int slot) {
    PendingConnect connect = slots.get(slot);
    if (connect == null) {
      return false;
    }
    End end = connect.end();
    if (end == End.NONE_YET && outcomes.now() - connect.start() >= LONGEST.toNanos()) {
      end = End.NOT_ANSWERED;
    }
    if (end != End.NONE_YET && slots.compareAndSet(slot, connect, null)) {
      connect.tell(end, outcomes);
    }
    return end == End.NONE_YET;
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
