package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.jdk.JdkChannels;
import io.tfo.jdk.JdkSockets;
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
      bindAfterSwitching(
          jdk.stateLock(channel),
          () -> channel.getLocalAddress() != null,
          value -> tcp.acceptFastOpen(jdk.fd(channel), value),
          fastOpenBacklog,
          () -> channel.bind(local, backlog));
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

  /** Sets the option of what is going to listen. */
  private interface Option {
    void set(int fastOpenBacklog) throws IOException;
  }

  /** Whether it is bound already. */
  private interface Bound {
    boolean isBound() throws IOException;
  }

  /**
   * Sets the option, then binds; not on a socket that is bound already. Under the lock no other
   * thread binds it or closes its descriptor meanwhile.
   */
  private static void bindAfterSwitching(
      Object stateLock, Bound bound, Option option, int fastOpenBacklog, Binding binding)
      throws IOException {
    synchronized (stateLock) {
      boolean unbound = !bound.isBound();
      if (unbound) {
        option.set(fastOpenBacklog);
      }
      try {
        binding.bind();
      } catch (IOException | RuntimeException e) {
        if (unbound) {
          option.set(0);
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
      SocketImpl nio = jdk.impl(socket);
      bindAfterSwitching(
          jdk.stateLock(nio),
          socket::isBound,
          value -> acceptFastOpen(tcp, jdk, nio, value),
          fastOpenBacklog,
          binding);
    } else {
      binding.bind();
      acceptFastOpen(tcp, jdk, jdk.impl(socket), fastOpenBacklog);
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
