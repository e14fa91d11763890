package io.tfo;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Connects the JDK's socket channels, and sends their first bytes in the SYN (RFC 7413).
 *
 * <p><strong>SYN data may reach the server twice</strong> (RFC 7413, section 2.1): the network can
 * duplicate a SYN, and the server's application then receives the data on two connections. Pass
 * only data that is idempotent for the server, such as a TLS ClientHello or a GET; not a payment.
 *
 * <p>The library sends only the SYN. The channel remains the JDK's own: reading, writing,
 * selecting, closing, virtual threads and {@link SocketChannel#socket()} work as on any channel.
 * Set options, a local address and anything else before the connect, as with the JDK.
 *
 * <p>The connect is the same as {@link SocketChannel#connect}, without data in the SYN, if TCP Fast
 * Open is off, unsupported or refused, or if the channel is not the JDK's own. {@link #outcome}
 * tells. Two differences remain:
 *
 * <ul>
 *   <li>Where the network drops SYNs that carry data, the kernel sends the SYN again without data
 *       after about a second. A connect with a shorter timeout fails.
 *   <li>The server can read the data, answer and close the connection before the connect returns.
 *       The connect can then throw what the first read or write would have thrown.
 * </ul>
 *
 * <p><em>Back-off:</em> where the network drops SYNs with data, at most two connects to a
 * destination suffer before connects to it are plain, whatever the backend (RFC 7413, 4.1.3.1). The
 * backends of this library do it as follows. A destination is an address and a port. After two
 * connects whose SYN was lost, refused or not answered in time, where plain ones are answered,
 * connects to it are plain for three seconds. Then a single connect tries TCP Fast Open again, if
 * it may take at least two seconds. Each further loss makes the wait four times as long, up to one
 * hour; SYN data that is answered ends the back-off. If two ports of an address are in back-off,
 * the whole address is; if two addresses are, all destinations are. The {@linkplain #capability()
 * capability} tells how many destinations are in back-off. The system property {@code
 * io.tfo.backoff} switches this off if it is {@code false} when the backend is loaded.
 *
 * <p>All methods are safe for use by multiple threads.
 */
public interface FastOpenConnector {
  /**
   * Returns the connector of the best installed backend, or one that connects plainly if no backend
   * works here.
   *
   * <p>The choice is made once, by platform and priority and not by the current settings: a setting
   * that is changed later takes effect without a restart. The system property {@code
   * io.tfo.backend} forces a backend by its name; {@code none} switches the library off. This
   * method never throws because of what is installed or how the machine is configured; {@link
   * #capability()} tells the reason.
   *
   * @return the connector, the same at each call
   */
  static FastOpenConnector system() {
    return BackendSelection.SYSTEM.connector();
  }

  /**
   * Tells whether the client side of TCP Fast Open can be used now. Probes at each call, and never
   * throws.
   *
   * @return the capability
   */
  FastOpenCapability capability();

  /**
   * Opens a blocking channel and connects it, as {@link #connect(SocketChannel, SocketAddress,
   * ByteBuffer)} does. If that fails, the channel is closed.
   *
   * @param remote the server's address
   * @param synData the first bytes to send, idempotent for the server; all are consumed
   * @return a connected, blocking channel of the default provider
   * @throws IOException as {@link SocketChannel#connect} does
   */
  default SocketChannel open(SocketAddress remote, ByteBuffer synData) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      connect(channel, remote, synData);
      return channel;
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
   * Connects a channel under the contract of {@link SocketChannel#connect}, and sends the first
   * bytes in the SYN.
   *
   * <p><em>Blocking channel</em>: returns {@code true} after the handshake, when the kernel has
   * taken all of {@code synData}. The SYN carries what fits into one segment; the rest is written
   * after the handshake.
   *
   * <p><em>Non-blocking channel</em>: returns {@code false} while the connect is pending. The
   * caller selects {@code OP_CONNECT}, calls {@link SocketChannel#finishConnect()} and writes the
   * bytes that remain in {@code synData}. If it returns {@code true}, the channel is already
   * connected; the caller writes the remaining bytes.
   *
   * <p>If {@code synData} is empty, the SYN asks for a cookie, which the next connect to that host
   * can use.
   *
   * <p>If the connect fails, the position of {@code synData} is unchanged. <strong>The server may
   * have received the data nevertheless</strong>: retry only what is idempotent. As with the JDK, a
   * failed connect closes the channel; wrong use does not. If the connect succeeds and writing the
   * rest fails, the position tells what the kernel has taken, and the channel remains open, as
   * after {@link SocketChannel#write}.
   *
   * @param channel an open channel, neither connected nor pending
   * @param remote the server's address
   * @param synData the first bytes to send, idempotent for the server, in any kind of buffer. Its
   *     position advances by the number of bytes that the kernel has taken
   * @return whether the channel is connected
   * @throws IOException as {@link SocketChannel#connect} does, or as {@link SocketChannel#write}
   *     does for the rest of the data
   * @throws java.nio.channels.AlreadyConnectedException if the channel is connected
   * @throws java.nio.channels.ConnectionPendingException if a connect is pending
   * @throws java.nio.channels.UnresolvedAddressException if the address is not resolved
   * @throws java.nio.channels.UnsupportedAddressTypeException if the channel does not support this
   *     type of address
   */
  boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException;

  /**
   * Connects a blocking channel as {@link #connect(SocketChannel, SocketAddress, ByteBuffer)} does,
   * with a timeout.
   *
   * @param channel an open, blocking channel, neither connected nor pending
   * @param remote the server's address
   * @param synData the first bytes to send, idempotent for the server
   * @param timeout the maximum time for connecting and sending, rounded up to milliseconds; zero
   *     means no limit, as for {@link java.net.Socket#connect(SocketAddress, int)}
   * @return whether the channel is connected: {@code true}, unless another thread makes it
   *     non-blocking meanwhile
   * @throws java.net.SocketTimeoutException if the timeout expires; the channel is closed, and the
   *     position of {@code synData} is unchanged
   * @throws IOException as the method without a timeout does
   * @throws IllegalArgumentException if the timeout is negative
   * @throws java.nio.channels.IllegalBlockingModeException if the channel is non-blocking
   */
  default boolean connect(
      SocketChannel channel, SocketAddress remote, ByteBuffer synData, Duration timeout)
      throws IOException {
    return TimedConnect.connect(this, channel, remote, synData, timeout);
  }

  /**
   * Returns a connector like this one, with ordinary connects to some destinations: their SYNs
   * neither ask for a cookie nor carry one. A cookie lets a server recognise the client ({@code
   * docs/cookies.md}).
   *
   * @param plain accepts the addresses with ordinary connects
   * @return a new connector
   */
  default FastOpenConnector plainFor(Predicate<? super InetSocketAddress> plain) {
    return new PlainForConnector(this, Objects.requireNonNull(plain, "plain"));
  }

  /**
   * Returns a connector like this one, which sends data <strong>without a cookie</strong> to some
   * destinations: already in the first SYN. A server takes it only if it was told to accept data
   * without a cookie; from any other the data arrives after the handshake, as on an ordinary
   * connection.
   *
   * <p>Cookies protect the server and third parties, not the client: see {@link
   * FastOpenListener#withoutCookie}. A SYN without a cookie tells the server nothing about the
   * client but its address.
   *
   * <p>The same as this connector where the system has no such option.
   *
   * @param destinations accepts the addresses, such as {@link AddressBlocks} of a data centre
   * @return a new connector
   */
  default FastOpenConnector withoutCookie(Predicate<? super InetSocketAddress> destinations) {
    Objects.requireNonNull(destinations, "destinations");
    return this;
  }

  /**
   * Tells the outcome of TCP Fast Open on a channel that this connector has connected.
   *
   * <p>For a non-blocking channel the outcome is final after {@link SocketChannel#finishConnect()}
   * has returned {@code true}.
   *
   * @param channel a connected channel
   * @return the outcome that the kernel reports; {@code NOT_ATTEMPTED} also if the connect fell
   *     back to a plain one, or was plain because its destination is in back-off
   * @throws java.nio.channels.ClosedChannelException if the channel is closed
   * @throws java.nio.channels.NotYetConnectedException if the channel is not connected
   * @throws IOException if the kernel reports an error instead
   */
  FastOpenOutcome outcome(SocketChannel channel) throws IOException;
}
