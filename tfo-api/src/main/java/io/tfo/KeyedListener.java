package io.tfo;

import io.tfo.spi.ListenerKeys;
import io.tfo.spi.ServerSocketSupport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Clock;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Binds as another listener does, with the keys of a source, which the listeners then follow. */
final class KeyedListener implements FastOpenListener, ServerSocketSupport {
  private final FastOpenListener listener;
  private final FastOpenKeySource source;
  private final boolean changes;

  KeyedListener(FastOpenListener listener, FastOpenKeySource source) {
    this.listener = listener;
    this.source = Objects.requireNonNull(source, "keys");
    this.changes = !(source instanceof FastOpenKeys);
  }

  private FastOpenKeys keysNow() throws IOException {
    return source.keysAt(Clock.systemUTC().instant());
  }

  @Override
  public FastOpenCapability capability() {
    return listener.capability();
  }

  @Override
  public FastOpenKeyOwner keyOwner() {
    return listener.keyOwner();
  }

  @Override
  public ServerSocketChannel bind(
      ServerSocketChannel channel, @Nullable SocketAddress local, int backlog, int fastOpenBacklog)
      throws IOException {
    try (FastOpenKeys keys = keysNow()) {
      listener.bind(channel, local, backlog, fastOpenBacklog, keys);
      if (changes) {
        ListenerKeys.follow(channel, listener, source, keys.copy());
      }
      return channel;
    }
  }

  @Override
  public ServerSocketChannel bind(
      ServerSocketChannel channel,
      @Nullable SocketAddress local,
      int backlog,
      int fastOpenBacklog,
      FastOpenKeys keys)
      throws IOException {
    return listener.bind(channel, local, backlog, fastOpenBacklog, keys);
  }

  @Override
  public boolean setKeys(ServerSocketChannel channel, FastOpenKeys keys) throws IOException {
    return listener.setKeys(channel, keys);
  }

  @Override
  public FastOpenListener withKeys(FastOpenKeySource keys) {
    return listener.withKeys(keys);
  }

  @Override
  public FastOpenListener withoutCookie(Predicate<? super InetSocketAddress> local) {
    return new KeyedListener(listener.withoutCookie(local), source);
  }

  @Override
  public FastOpenOutcome outcome(SocketChannel accepted) throws IOException {
    return listener.outcome(accepted);
  }

  @Override
  public void bind(ServerSocket socket, int fastOpenBacklog, Binding binding) throws IOException {
    if (!(listener instanceof ServerSocketSupport support)) {
      binding.bind();
      return;
    }
    try (FastOpenKeys keys = keysNow()) {
      support.bind(socket, fastOpenBacklog, keys, binding);
      if (changes) {
        ListenerKeys.follow(socket, support, source, keys.copy());
      }
    }
  }

  @Override
  public boolean setKeys(ServerSocket socket, FastOpenKeys keys) throws IOException {
    return listener instanceof ServerSocketSupport support && support.setKeys(socket, keys);
  }

  @Override
  public FastOpenOutcome outcome(Socket accepted) throws IOException {
    if (listener instanceof ServerSocketSupport support) {
      return support.outcome(accepted);
    }
    if (accepted.isClosed()) {
      throw new ClosedChannelException();
    }
    if (!accepted.isConnected()) {
      throw new IllegalArgumentException("not an accepted socket: " + accepted);
    }
    return FastOpenOutcome.UNKNOWN;
  }
}
