package io.tfo;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/**
 * Opens the JDK's server socket channels with TCP Fast Open switched on.
 *
 * <p><strong>SYN data may reach the application twice</strong> (RFC 7413, section 2.1): a server
 * that turns this on must be able to stand the first bytes of a connection being delivered again on
 * another one.
 *
 * <p>Where TCP Fast Open is off, unsupported or refused, the channel is an ordinary listener, and
 * {@link #capability()} tells why. All methods are safe for use by many threads.
 */
public interface FastOpenListener {
  /**
   * The best installed backend's listener, or a plain one where there is none: chosen as {@link
   * FastOpenConnector#system()} is.
   *
   * @return the listener, the same at each call
   */
  static FastOpenListener system() {
    return BackendSelection.SYSTEM.listener();
  }

  /**
   * Whether the server side of TCP Fast Open can be used now; found out anew at each call.
   *
   * @return the capability; never throws
   */
  FastOpenCapability capability();

  /**
   * Opens a blocking channel and binds it, as {@link #bind} does; if that fails, the channel is
   * closed.
   *
   * @param local the address to listen on; {@code null} for one that the system chooses
   * @param backlog the most connections that wait to be accepted, as in {@link
   *     ServerSocketChannel#bind(SocketAddress, int)}
   * @param fastOpenBacklog the most connections that may wait, opened by SYN data, for the end of
   *     their handshake
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
   * @param backlog the most connections that wait to be accepted; less than 1 for the JDK's default
   * @param fastOpenBacklog the most connections that may wait, opened by SYN data, for the end of
   *     their handshake: a bound on what spoofed SYNs can cost. Beyond it the system falls back to
   *     the ordinary handshake. 0 leaves TCP Fast Open off. Linux caps it at {@code
   *     net.core.somaxconn}; the other systems have a bound of their own and only tell 0 from the
   *     rest
   * @return the channel
   * @throws IOException as {@link ServerSocketChannel#bind(SocketAddress, int)} does
   * @throws IllegalArgumentException if {@code fastOpenBacklog} is negative
   */
  ServerSocketChannel bind(
      ServerSocketChannel channel, @Nullable SocketAddress local, int backlog, int fastOpenBacklog)
      throws IOException;

  /**
   * What became of TCP Fast Open on an accepted connection.
   *
   * @param accepted a channel that a listener of this kind has accepted
   * @return {@code SYN_DATA_ACKED} if the connection was opened by SYN data; {@code NOT_ATTEMPTED}
   *     if by an ordinary handshake; {@code UNKNOWN} where the kernel does not tell
   * @throws java.nio.channels.ClosedChannelException if the channel is closed
   * @throws java.nio.channels.NotYetConnectedException if the channel is not connected
   * @throws IOException if the kernel does not answer
   */
  FastOpenOutcome outcome(SocketChannel accepted) throws IOException;
}
