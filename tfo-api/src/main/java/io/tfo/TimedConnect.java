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
 * A connect with a deadline: the JDK's own timer closes the channel, which ends whatever the
 * connecting thread waits for. So a wait is the same with a timeout and without, on platform and
 * virtual threads.
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
      // Where another thread is in a blocking connect, the JDK would wait for that one's end; but
      // it tells of an interrupt first.
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
      // Asynchronously or not: the timer may close it between two calls of the connector, too.
      if (inTime.complete(true)) {
        throw e;
      }
      synData.position(start);
      throw (IOException) new SocketTimeoutException("Connect timed out").initCause(e);
    } finally {
      inTime.complete(true);
    }
  }

  /** There is nothing to time then, and nothing to close. */
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
        // The socket is given up; the caller is told of the timeout.
      }
    }
  }
}
