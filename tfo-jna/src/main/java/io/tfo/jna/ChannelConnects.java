package io.tfo.jna;

import io.tfo.jdk.JdkChannels;
import io.tfo.jna.KernelDeferral.Stage;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The state that the channels of one factory share: the native calls for connects that the kernel
 * defers, their timers, and the knowledge of their destinations.
 */
final class ChannelConnects extends DeferringConnects<SocketChannel> {
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(2);

  final JdkChannels jdk;

  ChannelConnects(JdkChannels jdk, Setup setup) {
    super("channels", setup);
    this.jdk = jdk;
  }

  @Override
  boolean defer(SocketChannel channel, InetSocketAddress destination) {
    synchronized (jdk.stateLock(channel)) {
      return jdk.isUnconnected(channel) && defer(jdk.fd(channel), destination);
    }
  }

  /** Cancels a deferral that no connect has used: it would apply to the channel's next one. */
  void cancel(SocketChannel channel) {
    synchronized (jdk.stateLock(channel)) {
      if (jdk.isUnconnected(channel)) {
        deferral.cancel(jdk.fd(channel));
      }
    }
  }

  /**
   * Sends the SYN without data if it still waits, or makes a plain connect in its place; returns
   * whether it has waited. Waits for other writers and readers, never for a close.
   */
  boolean sendSyn(ChannelConnect connect, SocketChannel channel) {
    return sendSyn(connect, channel, false);
  }

  /**
   * The same.
   *
   * @param isClosing whether this thread is the one that closes the channel
   */
  boolean sendSyn(ChannelConnect connect, SocketChannel channel, boolean isClosing) {
    boolean[] hasWaited = {false};
    Polling.await(
        () -> {
          ReentrantLock lock = jdk.writeLock(channel);
          lock.lock();
          try {
            hasWaited[0] =
                (isClosing || channel.isOpen())
                    && !channel.isBlocking()
                    && sendSyn(connect, jdk.fd(channel));
            return hasWaited[0] && connect.isRefused && !connect.tryConnectAnew();
          } finally {
            lock.unlock();
          }
        },
        LONGEST_PAUSE,
        DelayedEnd.LONGEST);
    return hasWaited[0];
  }

  /**
   * Whether the SYN of a connect was sent, and the connect has not failed. For the channel's
   * threads.
   */
  boolean isUnderWay(SocketChannel channel) {
    Stage stage = awaitStage(channel);
    return stage == Stage.PENDING || stage == Stage.CONNECTED;
  }

  /** As {@link #stage}, but waits for other writers. */
  Stage awaitStage(SocketChannel channel) {
    ReentrantLock lock = jdk.writeLock(channel);
    lock.lock();
    try {
      return stage(channel);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until the SYN is answered, but not longer than the end of a connection is delayed. Only
   * for threads that may wait. An interrupt does not end the wait, as it does not end a shutdown.
   */
  void awaitAnswer(SocketChannel channel) {
    Polling.await(() -> isPending(channel), LONGEST_PAUSE, DelayedEnd.LONGEST);
  }

  private boolean isPending(SocketChannel channel) {
    synchronized (jdk.stateLock(channel)) {
      return channel.isOpen() && deferral.stage(jdk.fd(channel)) == Stage.PENDING;
    }
  }

  /**
   * Returns the stage; {@code WAITING}, which has no consequence, if the system cannot be asked
   * now.
   */
  Stage stage(SocketChannel channel) {
    try {
      return jdk.withDescriptor(channel, deferral::stage, Stage.WAITING);
    } catch (IOException e) {
      return Stage.FAILED;
    }
  }
}
