package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * The listener of every backend: the option is set by its {@link NativeTcp}, the rest by the JDK.
 */
final class ChannelListener implements FastOpenListener {
  private final NativeAccess access;

  ChannelListener(NativeAccess access) {
    this.access = access;
  }

  @Override
  public FastOpenCapability capability() {
    return access.capability(NativeTcp::server);
  }

  @Override
  public ServerSocketChannel bind(
      ServerSocketChannel channel, @Nullable SocketAddress local, int backlog, int fastOpenBacklog)
      throws IOException {
    if (fastOpenBacklog < 0) {
      throw new IllegalArgumentException("fastOpenBacklog is negative: " + fastOpenBacklog);
    }
    NativeTcp tcp = access.tcp();
    JdkChannels jdk = JdkChannels.ACCESS;
    if (tcp != null && tcp.acceptsFastOpenBeforeListen() && jdk != null && jdk.isJdk(channel)) {
      bindAfterSwitching(tcp, jdk, channel, local, backlog, fastOpenBacklog);
    } else {
      channel.bind(local, backlog);
      accept(channel, fastOpenBacklog);
    }
    return channel;
  }

  /**
   * Switches a channel on, as far as that can be done now; or off, as a provider may have it on.
   */
  void accept(ServerSocketChannel channel, int fastOpenBacklog) {
    NativeTcp tcp = access.tcp();
    JdkChannels jdk = JdkChannels.ACCESS;
    if (tcp != null && jdk != null && jdk.isJdk(channel)) {
      synchronized (jdk.stateLock(channel)) {
        if (channel.isOpen()) {
          tcp.acceptFastOpen(jdk.fd(channel), fastOpenBacklog);
        }
      }
    }
  }

  /**
   * Nobody binds the channel or closes its descriptor meanwhile: a socket that is bound already is
   * let alone.
   */
  private static void bindAfterSwitching(
      NativeTcp tcp,
      JdkChannels jdk,
      ServerSocketChannel channel,
      @Nullable SocketAddress local,
      int backlog,
      int fastOpenBacklog)
      throws IOException {
    synchronized (jdk.stateLock(channel)) {
      boolean unbound = channel.getLocalAddress() == null;
      if (unbound) {
        tcp.acceptFastOpen(jdk.fd(channel), fastOpenBacklog);
      }
      try {
        channel.bind(local, backlog);
      } catch (IOException | RuntimeException e) {
        if (unbound) {
          tcp.acceptFastOpen(jdk.fd(channel), 0);
        }
        throw e;
      }
    }
  }

  @Override
  public FastOpenOutcome outcome(SocketChannel accepted) throws IOException {
    OutcomeReader reader = NativeTcp::acceptOutcome;
    return reader.of(accepted, access, FastOpenOutcome.UNKNOWN);
  }
}
