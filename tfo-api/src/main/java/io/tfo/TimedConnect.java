package io.tfo;

import io.tfo.spi.FastOpenActivity;
import io.tfo.timer.DaemonTimer;
import io.tfo.timer.Deadlines;
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
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * Adds a timeout to a connector's blocking connect: a timer closes the channel, which ends every
 * wait of the connecting thread. So the connect waits in the same way with and without a timeout,
 * on platform threads and on virtual threads.
 */
final class TimedConnect {
  private static final Deadlines<Limit> LIMITS =
      new Deadlines<>(Duration.ofMillis(1), Limit::expire);

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
    Limit limit = new Limit(channel, timeout);
    if (!LIMITS.add(limit)) {
      return connectWithoutTimer(channel, remote, synData, timeout);
    }
    try {
      boolean connected = connector.connect(channel, remote, synData);
      if (limit.end()) {
        return connected;
      }
      close(channel); // the timer may not have closed it yet
      synData.position(start);
      throw new SocketTimeoutException("Connect timed out");
    } catch (ClosedChannelException e) {
      // Not only AsynchronousCloseException: the timer can close the channel between two calls
      // of the connector, too.
      if (limit.end()) {
        throw e;
      }
      synData.position(start);
      throw (IOException) new SocketTimeoutException("Connect timed out").initCause(e);
    } finally {
      boolean unused = limit.end();
    }
  }

  /**
   * Connects when the process can create no more threads: the JDK's own timed connect needs none.
   */
  static boolean connectWithoutTimer(
      SocketChannel channel, SocketAddress remote, ByteBuffer synData, Duration timeout)
      throws IOException {
    FastOpenActivity.plain(FastOpenStatistics.PlainReason.OFF);
    if (remote instanceof InetSocketAddress) {
      long millis = TimeUnit.NANOSECONDS.toMillis(nanosInFullMillis(timeout));
      channel.socket().connect(remote, (int) Math.min(millis, Integer.MAX_VALUE));
    } else {
      boolean unused = channel.connect(remote);
    }
    while (synData.hasRemaining()) {
      channel.write(synData);
    }
    return true;
  }

  /** The time limit of one connect. It refers to the channel until the connect or its time ends. */
  private static final class Limit implements Deadlines.Waiting<Limit> {
    private static final AtomicReferenceFieldUpdater<Limit, @Nullable SocketChannel> CHANNEL =
        AtomicReferenceFieldUpdater.newUpdater(Limit.class, SocketChannel.class, "channel");

    private volatile @Nullable SocketChannel channel;
    private final long deadline;
    private @Nullable Limit next;

    Limit(SocketChannel channel, Duration timeout) {
      this.channel = channel;
      this.deadline = System.nanoTime() + Math.min(nanosInFullMillis(timeout), Long.MAX_VALUE / 2);
    }

    /** Returns whether this is the first call, and it came before the deadline. */
    boolean end() {
      return CHANNEL.getAndSet(this, null) != null;
    }

    void expire() {
      SocketChannel late = CHANNEL.getAndSet(this, null);
      if (late == null) {
        return;
      }
      if (!mayCloseWait(late)) {
        close(late);
        return;
      }
      try {
        DaemonTimer.start(() -> close(late));
      } catch (OutOfMemoryError e) { // no thread can be created
        close(late);
      }
    }

    /**
     * Whether a close can block: for as long as SO_LINGER says, or, if the class is not the JDK's,
     * for any time.
     */
    private static boolean mayCloseWait(SocketChannel channel) {
      try {
        return channel.getClass().getModule() != Object.class.getModule()
            || (channel.supportedOptions().contains(StandardSocketOptions.SO_LINGER)
                && channel.getOption(StandardSocketOptions.SO_LINGER) > 0);
      } catch (IOException e) {
        return false; // it is closed
      }
    }

    @Override
    public long deadline() {
      return deadline;
    }

    @Override
    public boolean waitsNoLonger() {
      return channel == null;
    }

    @Override
    public @Nullable Limit next() {
      return next;
    }

    @Override
    public void setNext(@Nullable Limit next) {
      this.next = next;
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

  private static long nanosInFullMillis(Duration timeout) {
    try {
      return TimeUnit.MILLISECONDS.toNanos(timeout.plusNanos(999_999).toMillis());
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  private static void close(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // The caller gets the SocketTimeoutException.
    }
  }
}
