package io.tfo.jna;

import io.tfo.jdk.JdkChannels;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * The wait of a blocking connect for an overlapped operation. It ends as the wait of the JDK's own
 * connect does: by the result, by an interrupt, or by a close from another thread.
 */
final class OverlappedWait {
  /**
   * How often the channel is looked at. The system reports a close at once; this is for a system
   * that fails to.
   */
  private static final Duration RECHECK = Duration.ofSeconds(1);

  private static final int NO_DESCRIPTOR = -1;

  private OverlappedWait() {}

  /**
   * Waits for the operation. The channel's own {@code finishConnect} can follow.
   *
   * @return how many bytes of the data were sent
   */
  static int await(OverlappedConnect.Operation operation, JdkChannels jdk, SocketChannel channel)
      throws IOException {
    try {
      boolean complete;
      do {
        complete = operation.await(RECHECK);
      } while (!complete && channel.isOpen());
    } catch (InterruptedException e) {
      abandon(operation, jdk, channel);
      channel.close();
      Thread.currentThread().interrupt();
      throw new ClosedByInterruptException();
    } catch (RuntimeException | Error e) {
      abandon(operation, jdk, channel);
      throw e;
    }
    try {
      // Under the lock the descriptor is not closed, and so does not become another socket's.
      synchronized (jdk.stateLock(channel)) {
        if (channel.isOpen()) {
          return operation.finish(jdk.fd(channel));
        }
      }
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    abandon(operation, jdk, channel);
    throw new AsynchronousCloseException();
  }

  private static void abandon(
      OverlappedConnect.Operation operation, JdkChannels jdk, SocketChannel channel) {
    synchronized (jdk.stateLock(channel)) {
      operation.abandon(channel.isOpen() ? jdk.fd(channel) : NO_DESCRIPTOR);
    }
  }
}
