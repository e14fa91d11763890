package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** The listener of every backend: its {@link NativeTcp} sets the option, the JDK does the rest. */
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
   * Sets a channel's option, where that is possible. A backlog of 0 switches off what a selector
   * provider has switched on.
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
   * Sets the option, then binds; not on a socket that is bound already. Under the channel's lock no
   * other thread binds the channel or closes its descriptor meanwhile.
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
