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
    channel.bind(local, backlog);
    if (fastOpenBacklog > 0) {
      accept(channel, fastOpenBacklog);
    }
    return channel;
  }

  /** Switches a channel on, as far as that can be done now. */
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

  @Override
  public FastOpenOutcome outcome(SocketChannel accepted) throws IOException {
    OutcomeReader reader = NativeTcp::acceptOutcome;
    return reader.of(accepted, access, FastOpenOutcome.UNKNOWN);
  }
}
