package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** The connect of every backend: the SYN is sent by its {@link NativeTcp}, the rest by the JDK. */
final class ChannelConnector implements FastOpenConnector {
  final NativeAccess access;
  private final BackOff backOff;
  private final SynLossDetector watch;

  ChannelConnector(NativeAccess access, BackOff backOff) {
    this.access = access;
    this.backOff = backOff;
    this.watch = new SynLossDetector(backOff);
  }

  @Override
  public FastOpenCapability capability() {
    FastOpenCapability found = access.capability(NativeTcp::client);
    long plain = backOff.destinations();
    return plain == 0 || found.status() != FastOpenCapability.Status.AVAILABLE
        ? found
        : FastOpenCapability.available(
            "%s; plain for now where a SYN was lost: %d %s"
                .formatted(found.detail(), plain, plain == 1 ? "destination" : "destinations"));
  }

  @Override
  public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException {
    int start = synData.position();
    boolean connected;
    try {
      ConnectAttempt attempt = attempt(channel, remote);
      connected = attempt == null ? channel.connect(remote) : connect(attempt, channel, synData);
    } catch (Throwable t) {
      synData.position(start);
      throw t;
    }
    while (synData.hasRemaining() && channel.isBlocking()) {
      channel.write(synData);
    }
    return connected;
  }

  /** Null where the JDK's connect must decide, with its own exceptions, or had better. */
  private @Nullable ConnectAttempt attempt(SocketChannel channel, SocketAddress remote) {
    NativeTcp tcp = access.tcp();
    JdkChannels jdk = JdkChannels.ACCESS;
    if (tcp == null
        || jdk == null
        || !jdk.isJdk(channel)
        || jdk.isUnix(channel)
        || !(remote instanceof InetSocketAddress address)
        || address.isUnresolved()
        || address.getAddress().isAnyLocalAddress()
        || address.getAddress().isMulticastAddress()
        || (channel.isBlocking()
            ? Thread.currentThread().isInterrupted()
            : tcp instanceof OverlappedConnect)
        || !backOff.admits(address)) {
      return null;
    }
    return new ConnectAttempt(tcp, jdk, address, backOff.now());
  }

  /**
   * Sends the SYN where that can be done.
   *
   * @return what {@link NativeTcp#sendSyn} returns; if that is {@code NOT_SENT}, nothing has
   *     happened and the JDK's connect decides
   */
  private static int sendSyn(ConnectAttempt attempt, SocketChannel channel, ByteBuffer synData)
      throws IOException {
    NativeTcp tcp = attempt.tcp();
    JdkChannels jdk = attempt.jdk();
    InetSocketAddress destination = attempt.destination();
    JdkChannels.Syn syn = fd -> sendSyn(tcp, fd, destination, jdk.isIpv6(channel), synData);
    try {
      return tcp.needsNonBlockingDescriptor()
          ? connectNonBlocking(jdk, channel, destination, syn)
          : jdk.connect(channel, destination, syn);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  private boolean connect(ConnectAttempt attempt, SocketChannel channel, ByteBuffer synData)
      throws IOException {
    int syn = sendSyn(attempt, channel, synData);
    if (syn == NativeTcp.NOT_SENT) {
      return channel.connect(attempt.destination());
    }
    try {
      int taken =
          attempt.tcp() instanceof OverlappedConnect late
              ? OverlappedWait.await(late, attempt.jdk(), channel, syn)
              : syn;
      synData.position(synData.position() + taken);
      boolean connected = channel.isBlocking() && finish(channel);
      if (connected) {
        watch.done(attempt, channel, taken > 0);
      } else {
        watch.pending(attempt, channel, taken > 0);
      }
      return connected;
    } catch (AsynchronousCloseException e) {
      watch.givenUp(attempt);
      throw e;
    } catch (IOException e) {
      watch.failed(attempt);
      throw e;
    }
  }

  /** The connect is under way: a close from now on is a close during a connect. */
  private static boolean finish(SocketChannel channel) throws IOException {
    try {
      return channel.finishConnect();
    } catch (AsynchronousCloseException e) {
      throw e;
    } catch (ClosedChannelException e) {
      throw new AsynchronousCloseException();
    }
  }

  private static int sendSyn(
      NativeTcp tcp, int fd, InetSocketAddress address, boolean ipv6, ByteBuffer synData)
      throws IOException {
    CallBuffers scratch = CallBuffers.borrow();
    try {
      int addressLength = tcp.addresses().write(address, ipv6, scratch.address);
      if (addressLength == 0) {
        return NativeTcp.NOT_SENT;
      }
      int length = Math.min(synData.remaining(), CallBuffers.MOST_SYN_DATA);
      ByteBuffer data = scratch.copyOf(synData, length);
      return tcp.sendSyn(fd, scratch.address, addressLength, data, length);
    } finally {
      scratch.giveBack();
    }
  }

  /**
   * Begins a connect while the descriptor is non-blocking. The mode is changed under its lock, so
   * that of two of our connects on one channel the second finds the first's blocking mode; a close
   * meanwhile is a close during a connect. Only a thread that calls the JDK's own connect on the
   * same channel in that moment can find it non-blocking: one of the two is wrong use.
   */
  private static int connectNonBlocking(
      JdkChannels jdk, SocketChannel channel, SocketAddress remote, JdkChannels.Syn syn)
      throws IOException {
    synchronized (channel.blockingLock()) {
      if (!channel.isBlocking() || !jdk.isUnconnected(channel)) {
        return jdk.connect(channel, remote, syn);
      }
      try {
        channel.configureBlocking(false);
        try {
          return jdk.connect(channel, remote, syn);
        } finally {
          channel.configureBlocking(true);
        }
      } catch (ClosedChannelException e) {
        throw new AsynchronousCloseException();
      }
    }
  }

  @Override
  public FastOpenOutcome outcome(SocketChannel channel) throws IOException {
    OutcomeReader reader = NativeTcp::connectOutcome;
    return reader.of(channel, access, FastOpenOutcome.NOT_ATTEMPTED);
  }
}
