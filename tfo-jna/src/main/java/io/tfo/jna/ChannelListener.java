package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.spi.ServerSocketSupport;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The listener of every backend: its {@link NativeTcp} sets the option, the JDK does the rest. */
final class ChannelListener implements FastOpenListener, ServerSocketSupport {
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

  @Override
  public void bind(ServerSocket socket, int fastOpenBacklog, Binding binding) throws IOException {
    NativeTcp tcp = access.tcp();
    JdkSockets jdk = JdkSockets.ACCESS;
    if (tcp == null || jdk == null || socket.isClosed() || !jdk.isNio(jdk.impl(socket))) {
      binding.bind();
    } else if (tcp.acceptsFastOpenBeforeListen()) {
      bindAfterSwitching(tcp, jdk, jdk.impl(socket), socket, fastOpenBacklog, binding);
    } else {
      binding.bind();
      acceptFastOpen(tcp, jdk, jdk.impl(socket), fastOpenBacklog);
    }
  }

  /** Of two threads that bind one socket, the second finds it bound, and changes nothing. */
  private static void bindAfterSwitching(
      NativeTcp tcp,
      JdkSockets jdk,
      SocketImpl nio,
      ServerSocket socket,
      int fastOpenBacklog,
      Binding binding)
      throws IOException {
    synchronized (jdk.stateLock(nio)) {
      boolean unbound = !socket.isBound();
      if (unbound) {
        acceptFastOpen(tcp, jdk, nio, fastOpenBacklog);
      }
      try {
        binding.bind();
      } catch (IOException | RuntimeException e) {
        if (unbound) {
          acceptFastOpen(tcp, jdk, nio, 0);
        }
        throw e;
      }
    }
  }

  private static void acceptFastOpen(
      NativeTcp tcp, JdkSockets jdk, SocketImpl nio, int fastOpenBacklog) throws IOException {
    boolean unused =
        jdk.withDescriptor(
            nio,
            fd -> {
              tcp.acceptFastOpen(fd, fastOpenBacklog);
              return true;
            },
            false);
  }

  @Override
  public FastOpenOutcome outcome(Socket accepted) throws IOException {
    if (accepted.isClosed()) {
      throw new ClosedChannelException();
    }
    if (!accepted.isConnected()) {
      throw new IllegalArgumentException("not an accepted socket: " + accepted);
    }
    NativeTcp tcp = access.tcp();
    JdkSockets jdk = JdkSockets.ACCESS;
    if (tcp == null || jdk == null) {
      return FastOpenOutcome.UNKNOWN;
    }
    SocketImpl nio = jdk.impl(accepted);
    if (nio == null || !jdk.isNio(nio)) {
      throw new IllegalArgumentException("not accepted by a server socket of the JDK: " + accepted);
    }
    Optional<FastOpenOutcome> outcome =
        jdk.withDescriptor(nio, fd -> Optional.of(tcp.acceptOutcome(fd)), Optional.empty());
    return outcome.orElseThrow(ClosedChannelException::new);
  }
}
