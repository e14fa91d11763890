package io.tfo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Adds a timeout to a connector's blocking connect: a timer of the JDK closes the channel, which
 * ends every wait of the connecting thread. So the connect waits in the same way with and without a
 * timeout, on platform threads and on virtual threads.
 */
final class TimedConnect {
  private TimedConnect() {}

  static boolean connect(
      FastOpenConnector connector,
      SocketChannel channel,
      SocketAddress remote,
      ByteBuffer synData,
      Duration timeout)
      throws IOException {
    if (timeout.isNegative()) {
      throw new IllegalArgumentException("connect: timeout can't be negative: " + timeout);
    }
    if (!channel.isBlocking()) {
      throw new IllegalBlockingModeException();
    }
    if (timeout.isZero() || isRefusedAtOnce(channel, remote)) {
      return connector.connect(channel, remote, synData);
    }
    int start = synData.position();
    if (channel.isConnectionPending() && !Thread.currentThread().isInterrupted()) {
      // If another thread is in a blocking connect, the JDK would wait for its end, without a
      // timeout. An interrupted thread goes on: the JDK checks for an interrupt first.
      throw new ConnectionPendingException();
    }
    CompletableFuture<Boolean> inTime = new CompletableFuture<>();
    CompletableFuture<Void> closed =
        inTime
            .completeOnTimeout(false, millisRoundedUp(timeout), TimeUnit.MILLISECONDS)
            .thenAccept(finished -> closeUnless(finished, channel));
    try {
      boolean connected = connector.connect(channel, remote, synData);
      if (inTime.complete(true)) {
        return connected;
      }
      closed.join();
      synData.position(start);
      throw new SocketTimeoutException("Connect timed out");
    } catch (ClosedChannelException e) {
      // Not only AsynchronousCloseException: the timer can close the channel between two calls
      // of the connector, too.
      if (inTime.complete(true)) {
        throw e;
      }
      synData.position(start);
      throw (IOException) new SocketTimeoutException("Connect timed out").initCause(e);
    } finally {
      inTime.complete(true);
    }
  }

  /** Whether the connector will throw without a wait: no timer may close the channel then. */
  private static boolean isRefusedAtOnce(SocketChannel channel, SocketAddress remote) {
    if (!channel.isOpen() || channel.isConnected()) {
      return true;
    }
    return channel.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY)
        ? !(remote instanceof InetSocketAddress inet) || inet.isUnresolved()
        : !(remote instanceof UnixDomainSocketAddress);
  }

  private static long millisRoundedUp(Duration timeout) {
    try {
      return timeout.plusNanos(999_999).toMillis();
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  private static void closeUnless(boolean finished, SocketChannel channel) {
    if (!finished) {
      try {
        channel.close();
      } catch (IOException e) {
        // The caller gets the SocketTimeoutException.
      }
    }
  }
}
