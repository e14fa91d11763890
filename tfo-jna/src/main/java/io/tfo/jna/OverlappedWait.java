package io.tfo.jna;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * The wait of a blocking connect for a SYN that its system completes later. It ends as the JDK's
 * own: by the result, by an interrupt, by another thread's close.
 */
final class OverlappedWait {
  /** A close ends the wait at once; where a system should forget to say so, after this time. */
  private static final Duration RECHECK = Duration.ofSeconds(1);

  private static final int NO_DESCRIPTOR = -1;

  private OverlappedWait() {}

  /** How many bytes were taken; the channel's own {@code finishConnect} can follow. */
  static int await(OverlappedConnect system, JdkChannels jdk, SocketChannel channel, int syn)
      throws IOException {
    try {
      boolean done;
      do {
        done = system.await(syn, RECHECK);
      } while (!done && channel.isOpen());
    } catch (InterruptedException e) {
      abandon(system, jdk, channel, syn);
      channel.close();
      Thread.currentThread().interrupt();
      throw new ClosedByInterruptException();
    } catch (RuntimeException | Error e) {
      abandon(system, jdk, channel, syn);
      throw e;
    }
    try {
      // The lock keeps the descriptor from being closed, and then being another socket's.
      synchronized (jdk.stateLock(channel)) {
        if (channel.isOpen()) {
          return system.finish(jdk.fd(channel), syn);
        }
      }
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    abandon(system, jdk, channel, syn);
    throw new AsynchronousCloseException();
  }

  private static void abandon(
      OverlappedConnect system, JdkChannels jdk, SocketChannel channel, int syn) {
    synchronized (jdk.stateLock(channel)) {
      system.abandon(channel.isOpen() ? jdk.fd(channel) : NO_DESCRIPTOR, syn);
    }
  }
}
