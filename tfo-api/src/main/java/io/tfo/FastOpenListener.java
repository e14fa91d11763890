package io.tfo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Objects;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Binds the JDK's server socket channels with TCP Fast Open switched on (RFC 7413).
 *
 * <p><strong>SYN data may reach the application twice</strong> (RFC 7413, section 2.1): the first
 * bytes of a connection can be delivered again on another connection. The server must tolerate
 * that.
 *
 * <p>If TCP Fast Open is off, unsupported or refused, the channel is an ordinary listener, and
 * {@link #capability()} tells why. All methods are safe for use by multiple threads.
 */
public interface FastOpenListener {
  /**
   * A {@code fastOpenBacklog} that suits most servers, and the default of the drop-ins: 256.
   *
   * <p>A connection counts from its SYN to the end of its handshake, one round trip later. So 256
   * admit 2,560 new connections a second at a round trip of 100 milliseconds; a server with more
   * needs a larger number. A connection beyond the limit is not lost: it has an ordinary handshake.
   * Each pending connection costs the kernel a whole socket, some kilobytes, before the client has
   * proven its address. So with 256, forged SYNs cost about a megabyte at most.
   */
  int FAST_OPEN_BACKLOG = 256;

  /**
   * Returns the listener of the best installed backend, or one that binds plainly if no backend
   * works here. It is chosen in the same way as {@link FastOpenConnector#system()}.
   *
   * @return the listener, the same at each call
   */
  static FastOpenListener system() {
    return BackendSelection.SYSTEM.listener();
  }

  /**
   * Tells whether the server side of TCP Fast Open can be used now. Probes at each call, and never
   * throws.
   *
   * @return the capability
   */
  FastOpenCapability capability();

  /**
   * Opens a blocking channel and binds it, as {@link #bind} does. If that fails, the channel is
   * closed.
   *
   * @param local the address to listen on; {@code null} for one that the system chooses
   * @param backlog the maximum number of connections that wait to be accepted, as in {@link #bind}
   * @param fastOpenBacklog the maximum number of connections, opened by SYN data, whose handshake
   *     is not complete yet, as in {@link #bind}
   * @return the listening channel
   * @throws IOException as {@link ServerSocketChannel#bind(SocketAddress, int)} does
   */
  default ServerSocketChannel open(@Nullable SocketAddress local, int backlog, int fastOpenBacklog)
      throws IOException {
    ServerSocketChannel channel = ServerSocketChannel.open();
    try {
      return bind(channel, local, backlog, fastOpenBacklog);
    } catch (Throwable t) {
      try {
        channel.close();
      } catch (IOException e) {
        t.addSuppressed(e);
      }
      throw t;
    }
  }

  /**
   * Binds a channel under the contract of {@link ServerSocketChannel#bind(SocketAddress, int)},
   * with TCP Fast Open switched on.
   *
   * @param channel an open, unbound channel
   * @param local the address to listen on; {@code null} for one that the system chooses
   * @param backlog the maximum number of connections that wait to be accepted; the JDK's default if
   *     less than 1
   * @param fastOpenBacklog the maximum number of connections, opened by SYN data, whose handshake
   *     is not complete yet. It limits the cost of a SYN flood (RFC 7413, section 5.1): beyond it
   *     the system falls back to the ordinary handshake. 0 leaves TCP Fast Open off. Linux limits
   *     it to {@code net.core.somaxconn}; other systems have a limit of their own, and only
   *     distinguish 0 from other values
   * @return the channel
   * @throws IOException as {@link ServerSocketChannel#bind(SocketAddress, int)} does
   * @throws IllegalArgumentException if {@code fastOpenBacklog} is negative
   */
  ServerSocketChannel bind(
      ServerSocketChannel channel, @Nullable SocketAddress local, int backlog, int fastOpenBacklog)
      throws IOException;

  /**
   * Binds a channel as {@link #bind(ServerSocketChannel, SocketAddress, int, int)} does, with keys
   * of its own. It has them before the first connection, where the backend allows that.
   *
   * <p>Where listeners can have no keys of their own ({@link #keyOwner()}), the channel is bound
   * all the same, and uses the machine's.
   *
   * @param channel an open, unbound channel
   * @param local the address to listen on; {@code null} for one that the system chooses
   * @param backlog the maximum number of connections that wait to be accepted
   * @param fastOpenBacklog the maximum number of connections, opened by SYN data, whose handshake
   *     is not complete yet
   * @param keys the keys, of which the system takes a copy
   * @return the channel
   * @throws IOException as {@link ServerSocketChannel#bind(SocketAddress, int)} does
   * @throws IllegalArgumentException if {@code fastOpenBacklog} is negative
   * @throws IllegalStateException if the keys are closed
   */
  default ServerSocketChannel bind(
      ServerSocketChannel channel,
      @Nullable SocketAddress local,
      int backlog,
      int fastOpenBacklog,
      FastOpenKeys keys)
      throws IOException {
    Objects.requireNonNull(keys, "keys");
    ServerSocketChannel bound = bind(channel, local, backlog, fastOpenBacklog);
    setKeys(bound, keys);
    return bound;
  }

  /**
   * Sets the keys of a channel. This can be done at any time, also while connections arrive: each
   * SYN is checked with either the previous keys or these. To change a key without refusing a
   * cookie, keep the previous key as the backup key until clients have new cookies. On a channel
   * that follows a {@linkplain #withKeys source}, or the process's key file, these keys stay until
   * those of the source change.
   *
   * @param channel an open channel, which listens or is going to
   * @param keys the keys, of which the system takes a copy
   * @return whether the channel has them now; if not, it has those that it had before
   * @throws java.nio.channels.ClosedChannelException if the channel is closed
   * @throws IOException if the system cannot be asked
   * @throws IllegalStateException if the keys are closed
   */
  default boolean setKeys(ServerSocketChannel channel, FastOpenKeys keys) throws IOException {
    Objects.requireNonNull(keys, "keys");
    if (!channel.isOpen()) {
      throw new ClosedChannelException();
    }
    return false;
  }

  /**
   * Tells whose keys a listener has: its own, or the machine's. Never throws.
   *
   * @return {@code UNKNOWN} unless a backend tells
   */
  default FastOpenKeyOwner keyOwner() {
    return FastOpenKeyOwner.UNKNOWN;
  }

  /**
   * Returns a listener like this one, which binds channels with the keys of a source. They follow
   * the source until they are closed: a daemon thread asks it once a second. So a fleet whose
   * servers use the same {@link FastOpenKeySchedule} changes its keys in step. A step of a server's
   * clock takes effect about a second later.
   *
   * <p>{@code bind} throws what the source throws. Later, a listener keeps its keys while its
   * source throws, which is logged.
   *
   * <p>It also works for {@link io.tfo.socket.FastOpenServerSocketFactory#over}.
   *
   * @param keys fixed {@link FastOpenKeys}, of which a copy is taken now, or another source
   * @return a new listener
   */
  default FastOpenListener withKeys(FastOpenKeySource keys) {
    return new KeyedListener(this, keys instanceof FastOpenKeys fixed ? fixed.copy() : keys);
  }

  /**
   * Returns a listener like this one, which accepts data <strong>without a cookie</strong> on
   * channels that are bound to some local addresses.
   *
   * <p><strong>A cookie proves that the client receives what is sent to its address.</strong>
   * Without one, an attacker who forges source addresses can make the server work, and send its
   * answers to a victim (RFC 7413, 5.1 and 5.2). Use it only where they cannot be forged: on
   * loopback, or inside a network whose routers check them.
   *
   * <p>On Linux such a channel issues no cookies, so a client that asks for one gets an ordinary
   * connection. The same as this listener where the system has no such option.
   *
   * @param local accepts the local addresses to which channels are bound; a channel that is bound
   *     to the wildcard address is tested with that address
   * @return a new listener
   */
  default FastOpenListener withoutCookie(Predicate<? super InetSocketAddress> local) {
    Objects.requireNonNull(local, "local");
    return this;
  }

  /**
   * Tells the outcome of TCP Fast Open on an accepted connection.
   *
   * @param accepted a channel accepted by a channel that this listener has bound
   * @return {@code SYN_DATA_ACKED} if SYN data opened the connection; {@code NOT_ATTEMPTED} if an
   *     ordinary handshake did; {@code UNKNOWN} if the kernel does not tell
   * @throws java.nio.channels.ClosedChannelException if the channel is closed
   * @throws java.nio.channels.NotYetConnectedException if the channel is not connected
   * @throws IOException if the kernel reports an error instead
   */
  FastOpenOutcome outcome(SocketChannel accepted) throws IOException;
}
