package io.tfo.jna;

import io.tfo.jna.OverlappedConnect.Operation;
import java.io.IOException;
import java.time.Duration;

/**
 * The wait of one thread for an overlapped operation, which ends as the wait of the JDK's own
 * connect does. A channel and a socket differ in what an interrupt does, and in their timeouts.
 */
abstract class OverlappedWait {
  /**
   * The time between two checks of the channel or socket. The system normally reports a close at
   * once; the checks are for a system that does not.
   */
  static final Duration RECHECK = Duration.ofSeconds(1);

  /** The result where another thread has closed the channel or socket. */
  static final int CLOSED = -2;

  private static final int NO_DESCRIPTOR = -1;

  /** The lock under which the descriptor is not closed, and so not reused for another socket. */
  abstract Object lock();

  abstract boolean isOpen();

  abstract int fd();

  /** Waits for no longer than {@link #RECHECK}; returns whether the operation is complete. */
  abstract boolean awaitBriefly(Operation operation) throws IOException, InterruptedException;

  /**
   * Waits for the operation, and takes its result; if the wait ends otherwise, abandons it.
   *
   * @return how many bytes of the data were sent, or {@link #CLOSED}
   */
  final int await(Operation operation) throws IOException, InterruptedException {
    try {
      boolean complete = false;
      while (!complete && isOpen()) {
        complete = awaitBriefly(operation);
      }
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      synchronized (lock()) {
        operation.abandon(isOpen() ? fd() : NO_DESCRIPTOR);
      }
      throw e;
    }
    synchronized (lock()) {
      if (isOpen()) {
        return operation.finish(fd());
      }
      operation.abandon(NO_DESCRIPTOR);
      return CLOSED;
    }
  }
}
