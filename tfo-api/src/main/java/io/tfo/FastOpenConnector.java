package io.tfo;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/**
 * Connects the JDK's socket channels with their first bytes in the SYN.
 *
 * <p><strong>SYN data may reach the server twice</strong> (RFC 7413, section 2.1): a SYN can be
 * duplicated in the network, and the server's application sees both. Pass only data that is
 * idempotent for the server: a TLS ClientHello, a GET; not a payment.
 *
 * <p>Only the SYN is sent by the library. The channel stays the JDK's: reading, writing, selecting,
 * closing, virtual threads and {@link SocketChannel#socket()} are as ever. Options, a local address
 * and anything else are set on the channel before it is connected, as with the JDK.
 *
 * <p>Where TCP Fast Open is off, unsupported, refused, or the channel is not the JDK's own, the
 * connect that {@link SocketChannel#connect} would have made is made, and {@link #outcome} tells.
 * What cannot be hidden: where the network drops SYNs that carry data, the kernel sends the first
 * SYN again without them after about a second, and a connect with less time than that fails; and a
 * server may have read the data, answered and closed the connection before the connect returns,
 * which then can throw what otherwise the first read or write would.
 *
 * <p>A destination, which is an address and a port, whose SYN was lost, refused or given up after
 * 0.1 seconds without an answer is connected plainly for a minute. Then one connect tries again for
 * all: each further loss doubles the wait, up to an hour, and SYN data that is answered ends it.
 * The {@linkplain #capability() capability} tells how many destinations wait. The system property
 * {@code io.tfo.backoff} switches this off if it is {@code false} when the backend is loaded.
 *
 * <p>All methods are safe for use by many threads.
 */
public interface FastOpenConnector {
  /**
   * The best installed backend's connector, or a plain one where there is none.
   *
   * <p>The choice is made once, by platform and priority and not by today's settings: a setting
   * that is changed later takes effect without a restart. The system property {@code
   * io.tfo.backend} forces a backend by its name; {@code none} switches the library off. Never
   * throws because of what is installed or how the machine is set: {@link #capability()} has the
   * reason.
   *
   * @return the connector, the same at each call
   */
  static FastOpenConnector system() {
    return BackendSelection.SYSTEM.connector();
  }

  /**
   * Whether the client side of TCP Fast Open can be used now; found out anew at each call.
   *
   * @return the capability; never throws
   */
  FastOpenCapability capability();

  /**
   * Opens a blocking channel and connects it, as {@link #connect(SocketChannel, SocketAddress,
   * ByteBuffer)} does; if that fails, the channel is closed.
   *
   * @param remote the server's address
   * @param synData the first bytes to send; consumed whole
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
   * Connects a channel with its first bytes in the SYN, under the contract of {@link
   * SocketChannel#connect}.
   *
   * <p><em>Blocking channel</em>: returns {@code true} once the handshake is done and all of {@code
   * synData} has been handed to the kernel. The SYN takes what fits into one segment, the rest is
   * written after the handshake.
   *
   * <p><em>Non-blocking channel</em>: returns {@code false} while the connect is pending. The
   * caller selects {@code OP_CONNECT}, calls {@link SocketChannel#finishConnect()} and writes what
   * {@code synData} still has: its position tells how much the SYN took. Where {@code true} is
   * returned, the channel is connected already, and the same holds for the rest of the data.
   *
   * <p>With empty data a cookie is fetched, so that the next connect to that host can use it.
   *
   * <p>When the connect fails, the position of {@code synData} is where it was. <strong>The server
   * may have received the data all the same</strong>: try again only what is idempotent. As with
   * the JDK a failed connect closes the channel; wrong use does not. When the connect has succeeded
   * and writing the rest fails, the position tells what was handed to the kernel, and the channel
   * is left open, as by {@link SocketChannel#write}.
   *
   * @param channel an open channel, neither connected nor pending
   * @param remote the server's address
   * @param synData the first bytes to send: any kind of buffer; its position moves by what was
   *     taken. It must be idempotent
   * @return whether the channel is connected
   * @throws IOException as {@link SocketChannel#connect} does, or as {@link SocketChannel#write}
   *     does for the rest of the data
   * @throws java.nio.channels.AlreadyConnectedException if the channel is connected
   * @throws java.nio.channels.ConnectionPendingException if a connect is pending
   * @throws java.nio.channels.UnresolvedAddressException if the address is not resolved
   * @throws java.nio.channels.UnsupportedAddressTypeException if the channel has no use for this
   *     kind of address
   */
  boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException;

  /**
   * Connects a blocking channel as {@link #connect(SocketChannel, SocketAddress, ByteBuffer)} does,
   * within a time.
   *
   * @param channel an open, blocking channel, neither connected nor pending
   * @param remote the server's address
   * @param synData the first bytes to send
   * @param timeout the most that connecting and sending may take, in steps of a millisecond; zero
   *     is without a limit, as for {@link java.net.Socket#connect(SocketAddress, int)}
   * @return whether the channel is connected: {@code true}, unless another thread makes it
   *     non-blocking meanwhile
   * @throws java.net.SocketTimeoutException if the time is over; the channel is closed, and the
   *     position of {@code synData} is where it was
   * @throws IOException as without a timeout
   * @throws IllegalArgumentException if the timeout is negative
   * @throws java.nio.channels.IllegalBlockingModeException if the channel is non-blocking
   */
  default boolean connect(
      SocketChannel channel, SocketAddress remote, ByteBuffer synData, Duration timeout)
      throws IOException {
    return TimedConnect.connect(this, channel, remote, synData, timeout);
  }

  /**
   * What became of TCP Fast Open on a channel that this connector has connected.
   *
   * <p>For a non-blocking channel the answer is final once {@link SocketChannel#finishConnect()}
   * has returned {@code true}.
   *
   * @param channel a connected channel
   * @return the outcome as the kernel tells it; {@code NOT_ATTEMPTED} also where the connect fell
   *     back to a plain one, or was made plainly after a loss
   * @throws java.nio.channels.ClosedChannelException if the channel is closed
   * @throws java.nio.channels.NotYetConnectedException if the channel is not connected
   * @throws IOException if the kernel does not answer
   */
  FastOpenOutcome outcome(SocketChannel channel) throws IOException;
}
