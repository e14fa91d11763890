package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.jdk.JdkAsynchronousListeners;
import io.tfo.jdk.JdkChannels;
import io.tfo.jdk.ObservedListenerClass;
import io.tfo.spi.AcceptObservation;
import io.tfo.spi.FastOpenActivity;
import io.tfo.spi.ListenerKeys;
import io.tfo.spi.ServerSocketSupport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The listener of every backend: its {@link NativeTcp} sets the option, the JDK does the rest. */
final class ChannelListener implements FastOpenListener, ServerSocketSupport {
  private final NativeAccess access;
  private final ListenerOptions options;
  private final SocketListener sockets;

  ChannelListener(NativeAccess access, ListenerOptions options) {
    this.access = access;
    this.options = options;
    this.sockets = new SocketListener(access, options);
  }

  @Override
  public FastOpenCapability capability() {
    FastOpenCapability server = access.server();
    return server.status() == FastOpenCapability.Status.AVAILABLE
        ? new FastOpenCapability(
            server.status(),
            server.detail() + "; " + ListenerOptions.words(keyOwner()),
            server.remedy())
        : server;
  }

  @Override
  public FastOpenKeyOwner keyOwner() {
    NativeTcp tcp = access.tcp();
    return tcp == null ? FastOpenKeyOwner.UNKNOWN : tcp.keyOwner();
  }

  @Override
  public FastOpenListener withoutCookie(Predicate<? super InetSocketAddress> local) {
    return new ChannelListener(access, options.withoutCookie(local));
  }

  @Override
  public ServerSocketChannel bind(
      ServerSocketChannel channel, @Nullable SocketAddress local, int backlog, int fastOpenBacklog)
      throws IOException {
    return bind(
        channel, local, backlog, fastOpenBacklog, bound -> ListenerKeys.followProcess(bound, this));
  }

  @Override
  public ServerSocketChannel bind(
      ServerSocketChannel channel,
      @Nullable SocketAddress local,
      int backlog,
      int fastOpenBacklog,
      FastOpenKeys keys)
      throws IOException {
    try (FastOpenKeys copy = keys.copy()) {
      return bind(
          channel,
          local,
          backlog,
          fastOpenBacklog,
          bound -> {
            ListenerKeys.unfollow(bound);
            setKeys(bound, copy);
          });
    }
  }

  private ServerSocketChannel bind(
      ServerSocketChannel channel,
      @Nullable SocketAddress local,
      int backlog,
      int fastOpenBacklog,
      ListenerOptions.Keys<ServerSocketChannel> keys)
      throws IOException {
    if (fastOpenBacklog < 0) {
      throw new IllegalArgumentException("fastOpenBacklog is negative: " + fastOpenBacklog);
    }
    NativeTcp tcp = isTcp(channel) ? access.tcp() : null;
    JdkChannels jdk = access.channels();
    if (tcp != null && tcp.acceptsFastOpenBeforeListen() && jdk != null && jdk.isJdk(channel)) {
      bindAfterSwitching(tcp, jdk, channel, local, backlog, fastOpenBacklog);
      keys.give(channel);
      ListenerOptions.count(fastOpenBacklog);
    } else {
      if (jdk == null) {
        channel.bind(local, backlog);
      } else {
        jdk.bind(channel, local, backlog);
      }
      if (fastOpenBacklog > 0 && tcp != null) {
        keys.give(channel);
      }
      if (acceptFastOpen(channel, fastOpenBacklog)) {
        ListenerOptions.count(fastOpenBacklog);
      }
    }
    return channel;
  }

  /**
   * Opens a channel of the JDK's that will listen: with the option, if it can be set before, and
   * with the keys of the process. The channel reports accepted connections to {@link
   * AcceptObservation}. It is counted when it is bound, if this library sees that.
   */
  ServerSocketChannel open(
      SelectorProvider provider, @Nullable ProtocolFamily family, int fastOpenBacklog)
      throws IOException {
    ServerSocketChannel channel;
    boolean isObserved =
        access.tcp() != null
            && family != StandardProtocolFamily.UNIX
            && ObservedListenerClass.isAvailable();
    if (isObserved) {
      channel =
          ObservedListenerClass.open(
              provider,
              family,
              (listener, accepted) -> {
                if (accepted == null) {
                  ListenerOptions.count(fastOpenBacklog);
                } else {
                  accepted(listener, accepted);
                }
              });
    } else if (family == null) {
      channel = provider.openServerSocketChannel();
    } else {
      channel = provider.openServerSocketChannel(family);
    }
    if (accept(channel, fastOpenBacklog) && !isObserved) {
      ListenerOptions.count(fastOpenBacklog);
    }
    return channel;
  }

  /**
   * Reports an accepted connection. If that fails, the program gets the connection all the same.
   */
  private void accepted(ServerSocketChannel listener, SocketChannel accepted) {
    try {
      if (FastOpenActivity.isAcceptObserved()) {
        AcceptObservation.accepted(
            (InetSocketAddress) accepted.getRemoteAddress(),
            ((InetSocketAddress) listener.getLocalAddress()).getPort(),
            () -> outcome(accepted));
      }
    } catch (IOException | RuntimeException | Error e) {
      // One of the two is closed by now, or the program's logging has failed.
    }
  }

  /**
   * Sets a channel's option, where that is possible, and gives it the keys of the process. A
   * backlog of 0 switches off what a selector provider has switched on.
   *
   * @return whether it was possible
   */
  boolean accept(ServerSocketChannel channel, int fastOpenBacklog) {
    if (fastOpenBacklog > 0 && isTcp(channel) && access.tcp() != null) {
      ListenerKeys.followProcess(channel, this);
    }
    return acceptFastOpen(channel, fastOpenBacklog);
  }

  private boolean acceptFastOpen(ServerSocketChannel channel, int fastOpenBacklog) {
    NativeTcp tcp = access.tcp();
    JdkChannels jdk = access.channels();
    if (tcp != null && jdk != null && jdk.isJdk(channel) && isTcp(channel)) {
      synchronized (jdk.stateLock(channel)) {
        if (channel.isOpen()) {
          if (isWithoutCookie(channel)) {
            tcp.withoutCookie(jdk.fd(channel));
          }
          options.switchOn(tcp, jdk.fd(channel), fastOpenBacklog);
          return true;
        }
      }
    }
    return false;
  }

  /**
   * Sets the option of an asynchronous channel, and gives it the keys of the process. It is counted
   * now, since the library does not see when it is bound.
   */
  void accept(AsynchronousServerSocketChannel channel, int fastOpenBacklog) {
    NativeTcp tcp = access.tcp();
    JdkAsynchronousListeners jdk = JdkAsynchronousListeners.ACCESS;
    if (tcp == null || jdk == null || !jdk.isJdk(channel)) {
      return;
    }
    ListenerKeys.followProcess(
        channel,
        keys -> jdk.withDescriptor(channel, fd -> ListenerOptions.setKeys(tcp, fd, keys), false));
    try {
      boolean isOn =
          jdk.withDescriptor(
              channel,
              fd -> {
                options.switchOn(tcp, fd, fastOpenBacklog);
                return true;
              },
              false);
      if (isOn) {
        ListenerOptions.count(fastOpenBacklog);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e); // switching on throws none
    }
  }

  /**
   * Whether it is a TCP channel: one for Unix domain sockets has no keys, SYNs or {@code socket()}.
   */
  private static boolean isTcp(ServerSocketChannel channel) {
    return channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEADDR);
  }

  private boolean isWithoutCookie(ServerSocketChannel channel) {
    try {
      return options.mayBeWithoutCookie() && options.isWithoutCookie(channel.getLocalAddress());
    } catch (IOException e) {
      return false; // closed since
    }
  }

  @Override
  public boolean setKeys(ServerSocketChannel channel, FastOpenKeys keys) throws IOException {
    NativeTcp tcp = access.tcp();
    JdkChannels jdk = access.channels();
    if (tcp == null || jdk == null || !jdk.isJdk(channel)) {
      return FastOpenListener.super.setKeys(channel, keys);
    }
    synchronized (jdk.stateLock(channel)) {
      if (!channel.isOpen()) {
        throw new ClosedChannelException();
      }
      return ListenerOptions.setKeys(tcp, jdk.fd(channel), keys);
    }
  }

  /**
   * Sets the option, then binds; not on a channel that is bound already. Under the lock no other
   * thread binds it or closes its descriptor meanwhile.
   */
  private void bindAfterSwitching(
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
        options.switchOn(tcp, jdk.fd(channel), fastOpenBacklog);
      }
      try {
        jdk.bind(channel, local, backlog);
      } catch (IOException | RuntimeException e) {
        if (unbound) {
          options.switchOn(tcp, jdk.fd(channel), 0);
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
    sockets.bind(socket, fastOpenBacklog, binding);
  }

  @Override
  public void bind(ServerSocket socket, int fastOpenBacklog, FastOpenKeys keys, Binding binding)
      throws IOException {
    sockets.bind(socket, fastOpenBacklog, keys, binding);
  }

  @Override
  public boolean setKeys(ServerSocket socket, FastOpenKeys keys) throws IOException {
    return sockets.setKeys(socket, keys);
  }

  @Override
  public FastOpenOutcome outcome(Socket accepted) throws IOException {
    return sockets.outcome(accepted);
  }
}
