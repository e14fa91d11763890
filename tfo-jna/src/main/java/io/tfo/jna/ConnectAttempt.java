package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.jdk.JdkChannels;
import io.tfo.spi.FastOpenActivity;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * One connect whose SYN this library sends. It sends the SYN, waits if the system completes it
 * later, lets the JDK finish a blocking connect, and reports the result of the SYN.
 */
final class ConnectAttempt implements JdkChannels.SynSender, SynLossDetector.LossQuery {
  final NativeTcp tcp;
  final JdkChannels jdk;
  final SocketChannel channel;
  final InetSocketAddress destination;

  /** When the attempt began, by the detector's clock. */
  final long nanoTime;

  private final boolean withoutCookie;
  private final SynListener outcomes;
  private final PendingConnects pending;

  /** The operation that was begun, where the system completes connects later. */
  private OverlappedConnect.@Nullable Operation operation;

  /** Whether the system has left the TFO option out of the SYN. */
  private boolean isPlain;

  ConnectAttempt(
      NativeTcp tcp,
      JdkChannels jdk,
      SocketChannel channel,
      InetSocketAddress destination,
      boolean withoutCookie,
      SynLossDetector lossDetector,
      PendingConnects pending) {
    this.tcp = tcp;
    this.jdk = jdk;
    this.channel = channel;
    this.destination = destination;
    this.withoutCookie = withoutCookie;
    this.outcomes = lossDetector;
    this.pending = pending;
    this.nanoTime = lossDetector.now();
  }

  /**
   * Connects the channel; if no SYN with data can be sent, by the JDK's own connect.
   *
   * @param synData its position is moved past what was sent
   * @return whether the channel is connected, as {@link SocketChannel#connect} returns it
   */
  boolean connect(ByteBuffer synData) throws IOException {
    int taken = sendSyn(synData);
    if (taken == NativeTcp.NOT_SENT) {
      FastOpenActivity.plain(PlainReason.OFF);
      return jdk.connect(channel, destination);
    }
    return await(synData, taken);
  }

  /**
   * Sends the SYN where that is possible.
   *
   * @return how many bytes of the data were taken; {@link NativeTcp#NOT_SENT} if nothing has
   *     happened and the JDK's connect decides
   */
  private int sendSyn(ByteBuffer synData) throws IOException {
    try {
      return tcp.needsNonBlockingDescriptor()
          ? sendSynNonBlocking(synData)
          : jdk.connect(channel, destination, synData, this);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Sends the SYN while the descriptor is non-blocking. The mode is changed under its lock: of two
   * attempts on one channel, the second finds the channel in blocking mode again. A close meanwhile
   * is a close during a connect. A thread that calls the JDK's connect on the same channel in that
   * moment can find it in non-blocking mode; two connects at once are wrong use of a channel.
   */
  private int sendSynNonBlocking(ByteBuffer synData) throws IOException {
    synchronized (channel.blockingLock()) {
      if (!channel.isBlocking() || !jdk.isUnconnected(channel)) {
        return jdk.connect(channel, destination, synData, this);
      }
      try {
        channel.configureBlocking(false);
        try {
          return jdk.connect(channel, destination, synData, this);
        } finally {
          channel.configureBlocking(true);
        }
      } catch (ClosedChannelException e) {
        throw new AsynchronousCloseException();
      }
    }
  }

  /** Called by {@link JdkChannels#connect} under the channel's lock. */
  @Override
  public int send(int fd, ByteBuffer synData) throws IOException {
    CallBuffers buffers = CallBuffers.borrow();
    try {
      if (!buffers.writeAddress(tcp.addresses(), destination, jdk.isIpv6(channel))) {
        return NativeTcp.NOT_SENT;
      }
      if (withoutCookie) {
        tcp.withoutCookie(fd);
      }
      buffers.copy(synData);
      OverlappedConnect overlapped = tcp.overlapped().orElse(null);
      if (overlapped == null) {
        int taken = buffers.sendSyn(tcp, fd);
        isPlain = tcp.wasSentPlainly(fd);
        return taken;
      }
      operation = buffers.begin(overlapped, fd);
      return operation == null ? NativeTcp.NOT_SENT : 0;
    } finally {
      buffers.giveBack();
    }
  }

  /** The connect is under way: waits for it where the channel is in blocking mode. */
  private boolean await(ByteBuffer synData, int takenAtOnce) throws IOException {
    int taken = takenAtOnce;
    try {
      taken =
          operation == null ? takenAtOnce : OverlappedChannelWait.await(operation, jdk, channel);
      FastOpenActivity.attempted(isPlain, taken > 0);
      synData.position(synData.position() + taken);
      boolean connected = channel.isBlocking() && finish();
      if (!connected) {
        pending.add(
            new PendingConnect(tcp, jdk, channel, destination, nanoTime, !isPlain, taken > 0));
      } else if (isPlain) {
        outcomes.plainAnswered(destination, nanoTime);
      } else {
        outcomes.answered(destination, nanoTime, taken > 0, this);
      }
      return connected;
    } catch (IOException e) {
      if (isPlain) {
        outcomes.plainFailed(destination, nanoTime, e);
      } else {
        outcomes.failed(destination, nanoTime, taken > 0, e);
      }
      throw tcp.connectFailure(e);
    }
  }

  /** A close from now on is a close during a connect. */
  private boolean finish() throws IOException {
    try {
      return channel.finishConnect();
    } catch (AsynchronousCloseException e) {
      throw e;
    } catch (ClosedChannelException e) {
      throw new AsynchronousCloseException();
    }
  }

  @Override
  public NativeTcp.FirstSyn firstSyn() throws IOException {
    synchronized (jdk.stateLock(channel)) {
      return channel.isOpen() ? tcp.firstSyn(jdk.fd(channel)) : NativeTcp.FirstSyn.UNKNOWN;
    }
  }

  @Override
  public FastOpenOutcome outcome() throws IOException {
    synchronized (jdk.stateLock(channel)) {
      return channel.isOpen() ? tcp.connectOutcome(jdk.fd(channel)) : FastOpenOutcome.UNKNOWN;
    }
  }
}
