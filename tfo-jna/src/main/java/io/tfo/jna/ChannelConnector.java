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

/** The connect of every backend: the SYN is sent by its {@link NativeTcp}, the rest by the JDK. */
final class ChannelConnector implements FastOpenConnector {
  private final NativeAccess access;

  ChannelConnector(NativeAccess access) {
    this.access = access;
  }

  @Override
  public FastOpenCapability capability() {
    return access.capability(NativeTcp::client);
  }

  @Override
  public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException {
    int start = synData.position();
    boolean connected;
    try {
      connected =
          sendSyn(channel, remote, synData)
              ? channel.isBlocking() && finish(channel)
              : channel.connect(remote);
    } catch (Throwable t) {
      synData.position(start);
      throw t;
    }
    while (synData.hasRemaining() && channel.isBlocking()) {
      channel.write(synData);
    }
    return connected;
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

  /**
   * Sends the SYN where that can be done.
   *
   * @return whether the connect is now pending; if not, nothing has happened and the JDK's connect
   *     decides, with its own exceptions
   */
  private boolean sendSyn(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException {
    NativeTcp tcp = access.tcp();
    JdkChannels jdk = JdkChannels.ACCESS;
    if (tcp == null
        || jdk == null
        || !jdk.isJdk(channel)
        || jdk.isUnix(channel)
        || !(remote instanceof InetSocketAddress address)
        || address.isUnresolved()
        || address.getAddress().isAnyLocalAddress()
        || (channel.isBlocking() && Thread.currentThread().isInterrupted())) {
      return false;
    }
    JdkChannels.Syn syn = fd -> sendSyn(tcp, fd, address, jdk.isIpv6(channel), synData);
    int taken;
    try {
      taken =
          tcp.needsNonBlockingDescriptor()
              ? connectNonBlocking(jdk, channel, remote, syn)
              : jdk.connect(channel, remote, syn);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    if (taken == NativeTcp.NOT_SENT) {
      return false;
    }
    synData.position(synData.position() + taken);
    return true;
  }

  private static int sendSyn(
      NativeTcp tcp, int fd, InetSocketAddress address, boolean ipv6, ByteBuffer synData)
      throws IOException {
    Scratch scratch = Scratch.borrow();
    try {
      int addressLength = tcp.addresses().write(address, ipv6, scratch.address);
      if (addressLength == 0) {
        return NativeTcp.NOT_SENT;
      }
      int length = Math.min(synData.remaining(), Scratch.MOST_SYN_DATA);
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
