package io.tfo.jna;

import io.tfo.jdk.JdkChannels;
import io.tfo.jna.OverlappedConnect.Operation;
import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;

/** The wait of a channel in blocking mode. An interrupt closes the channel. */
final class OverlappedChannelWait extends OverlappedWait {
  private final JdkChannels jdk;
  private final SocketChannel channel;

  private OverlappedChannelWait(JdkChannels jdk, SocketChannel channel) {
    this.jdk = jdk;
    this.channel = channel;
  }

  /**
   * Waits for the operation. The channel's own {@code finishConnect} can follow.
   *
   * @return how many bytes of the data were sent
   */
  static int await(Operation operation, JdkChannels jdk, SocketChannel channel) throws IOException {
    try {
      int taken = new OverlappedChannelWait(jdk, channel).await(operation);
      if (taken == CLOSED) {
        throw new AsynchronousCloseException();
      }
      return taken;
    } catch (InterruptedException e) {
      channel.close();
      Thread.currentThread().interrupt();
      throw new ClosedByInterruptException();
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  boolean awaitBriefly(Operation operation) throws InterruptedException {
    return operation.await(RECHECK);
  }

  @Override
  Object lock() {
    return jdk.stateLock(channel);
  }

  @Override
  boolean isOpen() {
    return channel.isOpen();
  }

  @Override
  int fd() {
    return jdk.fd(channel);
  }
}
