package io.tfo.jna;

import io.tfo.FastOpenKeys;
import io.tfo.FastOpenOutcome;
import io.tfo.jdk.JdkSockets;
import io.tfo.spi.ListenerKeys;
import io.tfo.spi.ServerSocketSupport;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketImpl;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;

/**
 * Switches TCP Fast Open on for the JDK's own server sockets: {@link ChannelListener} for sockets.
 */
final class SocketListener implements ServerSocketSupport {
  private final NativeAccess access;
  private final ListenerOptions options;

  SocketListener(NativeAccess access, ListenerOptions options) {
    this.access = access;
    this.options = options;
  }

  @Override
  public void bind(ServerSocket socket, int fastOpenBacklog, Binding binding) throws IOException {
    bind(
        socket,
        fastOpenBacklog,
        binding,
        bound -> {
          if (fastOpenBacklog > 0) {
            ListenerKeys.followProcess(bound, this);
          }
        });
  }

  @Override
  public void bind(ServerSocket socket, int fastOpenBacklog, FastOpenKeys keys, Binding binding)
      throws IOException {
    try (FastOpenKeys copy = keys.copy()) {
      bind(
          socket,
          fastOpenBacklog,
          binding,
          bound -> {
            ListenerKeys.unfollow(bound);
            setKeys(bound, copy);
          });
    }
  }

  private void bind(
      ServerSocket socket,
      int fastOpenBacklog,
      Binding binding,
      ListenerOptions.Keys<ServerSocket> keys)
      throws IOException {
    NativeTcp tcp = access.tcp();
    JdkSockets jdk = access.sockets();
    if (tcp == null || jdk == null || socket.isClosed() || !jdk.isNio(jdk.impl(socket))) {
      binding.bind();
    } else if (tcp.acceptsFastOpenBeforeListen()) {
      // Not under the lock of its state: the JDK's close takes that after the socket's own.
      SocketImpl nio = jdk.impl(socket);
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
      keys.give(socket);
      ListenerOptions.count(fastOpenBacklog);
    } else {
      binding.bind();
      keys.give(socket);
      SocketImpl nio = jdk.impl(socket);
      // Its address only where needed: the socket may be a subclass whose constructor runs now.
      if (options.mayBeWithoutCookie() && options.isWithoutCookie(socket.getLocalSocketAddress())) {
        boolean unused = jdk.withDescriptor(nio, tcp::withoutCookie, false);
      }
      acceptFastOpen(tcp, jdk, nio, fastOpenBacklog);
      ListenerOptions.count(fastOpenBacklog);
    }
  }

  @Override
  public boolean setKeys(ServerSocket socket, FastOpenKeys keys) throws IOException {
    if (socket.isClosed()) {
      throw new SocketException("Socket is closed");
    }
    NativeTcp tcp = access.tcp();
    JdkSockets jdk = access.sockets();
    return tcp != null
        && jdk != null
        && jdk.isNio(jdk.impl(socket))
        && jdk.withDescriptor(
            jdk.impl(socket), fd -> ListenerOptions.setKeys(tcp, fd, keys), false);
  }

  private void acceptFastOpen(NativeTcp tcp, JdkSockets jdk, SocketImpl nio, int fastOpenBacklog)
      throws IOException {
    boolean unused =
        jdk.withDescriptor(
            nio,
            fd -> {
              options.switchOn(tcp, fd, fastOpenBacklog);
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
    JdkSockets jdk = access.sockets();
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
