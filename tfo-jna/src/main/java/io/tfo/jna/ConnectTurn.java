package io.tfo.jna;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Lets one thread connect a socket, while others wait for it. They park, so that a virtual thread
 * leaves its carrier. The state is in a field of the socket, since an object for it would cost 16
 * bytes per connection.
 */
final class ConnectTurn {
  /** A turn that no thread waits for so far. */
  private static final CountDownLatch ALONE = new CountDownLatch(1);

  private static final AtomicReferenceFieldUpdater<SocketHandshake, @Nullable CountDownLatch> TURN =
      AtomicReferenceFieldUpdater.newUpdater(SocketHandshake.class, CountDownLatch.class, "turn");

  private ConnectTurn() {}

  /** Takes the turn unless another thread has it. */
  static boolean tryTake(SocketHandshake of) {
    return TURN.compareAndSet(of, null, ALONE);
  }

  /** Ends the turn, and wakes all that wait for that. */
  static void end(SocketHandshake of) {
    CountDownLatch waitedFor = TURN.getAndSet(of, null);
    if (waitedFor != null && waitedFor != ALONE) {
      waitedFor.countDown();
    }
  }

  /** Wakes all threads that wait for the end of the turn, so that they check the state. */
  static void wake(SocketHandshake of) {
    CountDownLatch waitedFor = of.turn;
    if (waitedFor != null && waitedFor != ALONE && TURN.compareAndSet(of, waitedFor, ALONE)) {
      waitedFor.countDown();
    }
  }

  /**
   * Waits for the end of the turn, if a thread has it.
   *
   * @param nanos how long to wait
   */
  static void awaitEnd(SocketHandshake of, long nanos) throws InterruptedException {
    CountDownLatch waitedFor = of.turn;
    while (waitedFor == ALONE) {
      TURN.compareAndSet(of, ALONE, new CountDownLatch(1));
      waitedFor = of.turn;
    }
    if (waitedFor != null) {
      boolean unused = waitedFor.await(nanos, TimeUnit.NANOSECONDS);
    }
  }
}
