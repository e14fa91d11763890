package io.tfo;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
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
