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
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.util.function.IntUnaryOperator;

/** The connect of every backend: the SYN is sent by its {@link NativeTcp}, the rest by the JDK. */
final class ChannelConnector implements FastOpenConnector {
  private final JnaBackend backend;

  ChannelConnector(JnaBackend backend) {
    this.backend = backend;
  }

  @Override
  public FastOpenCapability capability() {
    return backend.capability(NativeTcp::client);
  }

  @Override
  public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException {
    int start = synData.position();
    try {
      boolean connected =
          sendSyn(channel, remote, synData)
              ? channel.isBlocking() && channel.finishConnect()
              : channel.connect(remote);
      while (synData.hasRemaining() && channel.isBlocking()) {
        channel.write(synData);
      }
      return connected;
    } catch (Throwable t) {
      synData.position(start);
      throw t;
    }
  }

  /**
   * Sends the SYN where that can be done.
   *
   * @return whether the connect is now pending; if not, nothing has happened and the JDK's connect
   *     decides, with its own exceptions
   */
  private boolean sendSyn(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException {
    NativeTcp tcp = backend.tcp();
    JdkChannels jdk = JdkChannels.ACCESS;
    if (tcp == null
        || jdk == null
        || !jdk.isJdk(channel)
        || jdk.isUnix(channel)
        || !(remote instanceof InetSocketAddress address)
        || address.isUnresolved()
        || address.getAddress().isAnyLocalAddress()
        || (backend.plainWhenNonBlocking().isPresent() && !channel.isBlocking())
        || Thread.currentThread().isInterrupted()) {
      return false;
    }
    int taken;
    Scratch scratch = Scratch.borrow();
    try {
      int addressLength = tcp.addresses().write(address, jdk.isIpv6(channel), scratch.address);
      if (addressLength == 0) {
        return false;
      }
      int length = Math.min(synData.remaining(), Scratch.MOST_SYN_DATA);
      ByteBuffer data = scratch.direct(synData, length);
      IntUnaryOperator syn = fd -> tcp.sendSyn(fd, scratch.address, addressLength, data, length);
      taken =
          tcp.needsNonBlockingDescriptor() && channel.isBlocking()
              ? connectNonBlocking(jdk, channel, remote, syn)
              : jdk.connect(channel, remote, syn);
    } finally {
      scratch.giveBack();
    }
    if (taken == NativeTcp.NOT_SENT) {
      return false;
    }
    if (taken < NativeTcp.NOT_SENT && tcp instanceof LateSyn late) {
      taken = awaitOrClose(late, jdk, channel, taken);
    }
    synData.position(synData.position() + taken);
    return true;
  }

  private static int awaitOrClose(LateSyn late, JdkChannels jdk, SocketChannel channel, int syn)
      throws IOException {
    try {
      return SynWait.await(late, jdk, channel, syn);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Nobody is to notice the other mode: a close meanwhile is a close during a connect. */
  private static int connectNonBlocking(
      JdkChannels jdk, SocketChannel channel, SocketAddress remote, IntUnaryOperator syn)
      throws IOException {
    if (!channel.isOpen() || channel.isConnected() || channel.isConnectionPending()) {
      return NativeTcp.NOT_SENT;
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

  @Override
  public FastOpenOutcome outcome(SocketChannel channel) throws IOException {
    return outcome(channel, NativeTcp::connectOutcome);
  }

  /** How an outcome is read: on the connecting or on the accepting side. */
  interface OutcomeReader {
    FastOpenOutcome read(NativeTcp tcp, int fd) throws IOException;
  }

  FastOpenOutcome outcome(SocketChannel channel, OutcomeReader reader) throws IOException {
    NativeTcp tcp = backend.tcp();
    JdkChannels jdk = JdkChannels.ACCESS;
    if (tcp == null || jdk == null || !jdk.isJdk(channel) || jdk.isUnix(channel)) {
      requireConnected(channel);
      return FastOpenOutcome.UNKNOWN;
    }
    synchronized (jdk.stateLock(channel)) {
      requireConnected(channel);
      return reader.read(tcp, jdk.fd(channel));
    }
  }

  private static void requireConnected(SocketChannel channel) throws IOException {
    if (!channel.isOpen()) {
      throw new ClosedChannelException();
    }
    if (!channel.isConnected()) {
      throw new NotYetConnectedException();
    }
  }
}
