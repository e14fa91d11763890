package io.tfo.jna;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread connect a socket, while others wait for it. They park, so that a virtual thread
 * leaves its carrier.
 */
final class ConnectTurn {
  /** A turn that no thread waits for so far. */
  private static final CountDownLatch ALONE = new CountDownLatch(1);

  private static final AtomicReferenceFieldUpdater<ConnectTurn, @Nullable CountDownLatch> TURN =
      AtomicReferenceFieldUpdater.newUpdater(ConnectTurn.class, CountDownLatch.class, "turn");

  private volatile @Nullable CountDownLatch turn;

  /** Takes the turn unless another thread has it. */
  boolean tryTake() {
    return TURN.compareAndSet(this, null, ALONE);
  }

  /** Ends the turn, and wakes all that wait for that. */
  void end() {
    CountDownLatch waitedFor = TURN.getAndSet(this, null);
    if (waitedFor != null && waitedFor != ALONE) {
      waitedFor.countDown();
    }
  }

  /** Wakes all that wait for the end of the turn, so that they look why. */
  void wake() {
    CountDownLatch waitedFor = turn;
    if (waitedFor != null && waitedFor != ALONE && TURN.compareAndSet(this, waitedFor, ALONE)) {
      waitedFor.countDown();
    }
  }

  /**
   * Waits for the end of the turn, if a thread has it.
   *
   * @param nanos how long to wait
   */
  void awaitEnd(long nanos) throws InterruptedException {
    CountDownLatch waitedFor = turn;
    while (waitedFor == ALONE) {
      TURN.compareAndSet(this, ALONE, new CountDownLatch(1));
      waitedFor = turn;
    }
    if (waitedFor != null) {
      boolean unused = waitedFor.await(nanos, TimeUnit.NANOSECONDS);
    }
  }
}
