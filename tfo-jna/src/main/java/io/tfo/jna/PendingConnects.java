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
   * Watches a connect. Where another one is watched, that stays, unless something is known of the
   * destination: then this one is the first for a while, and decides.
   */
  void add(PendingConnect connect) {
    if (outcomes.isOff()) {
      return;
    }
    int slot = slot(connect.destination);
    if (slots.compareAndSet(slot, null, connect)) {
      scheduleUnlessScheduled();
    } else if (outcomes.remembers(connect.destination)) {
      slots.set(slot, connect);
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
