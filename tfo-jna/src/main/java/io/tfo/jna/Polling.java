package io.tfo.jna;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Polls for the answer to a SYN. The pauses grow with the wait: so the poll ends shortly after the
 * answer, and an answer that takes long is not polled for too often.
 */
final class Polling {
  /** About the round trip in a data centre. */
  private static final Duration SHORTEST_PAUSE = Duration.ofNanos(250_000);

  private Polling() {}

  /** Waits as long as a connection is pending. An interrupt does not end it. */
  static void await(BooleanSupplier isPending, Duration longestPause, Duration most) {
    long start = System.nanoTime();
    long waited = 0;
    boolean interrupted = false;
    while (isPending.getAsBoolean() && waited < most.toNanos()) {
      LockSupport.parkNanos(pause(waited, longestPause));
      interrupted |= Thread.interrupted();
      waited = System.nanoTime() - start;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /** The time to the next look, in nanoseconds. */
  static long pause(long waited, Duration longest) {
    return Math.max(SHORTEST_PAUSE.toNanos(), Math.min(waited / 4, longest.toNanos()));
  }
}
