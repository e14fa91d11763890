package io.tfo.spi;

import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.SSLSocket;

/**
 * What a backend's {@link io.tfo.FastOpenConnector} may implement besides, for {@link
 * io.tfo.socket.FastOpenSocketFactory} and {@link io.tfo.socket.FastOpenSslSocketFactory}: TCP Fast
 * Open on the JDK's own sockets.
 */
public interface SocketSupport {
  /**
   * Whether the system defers connects by itself, and so only where it has a cookie of the server.
   *
   * @return false where the backend defers them in its place
   */
  boolean systemDefers();

  /**
   * Sockets of the JDK whose connect may be deferred, so that the SYN carries the first write.
   *
   * @param which the destinations; connects to others are the JDK's
   * @param trustsCookies whether a connect is deferred wherever the system says that it has a
   *     cookie; else only where this process has connected before. Without effect where {@link
   *     #systemDefers} is false
   * @return empty where the system cannot send such a SYN, or the JDK's sockets cannot be reached
   */
  Optional<SocketOpener> deferring(
      Predicate<? super InetSocketAddress> which, boolean trustsCookies);

  /**
   * What became of TCP Fast Open on a connection.
   *
   * @param socket a connected socket of the JDK's own
   * @return the outcome
   * @throws java.nio.channels.ClosedChannelException if it is closed
   * @throws java.nio.channels.NotYetConnectedException if it is not connected, or its SYN still
   *     waits for the first write
   * @throws IOException if the system does not answer
   * @throws IllegalArgumentException if it is no socket of the JDK's own, but layered over one, say
   */
  FastOpenOutcome outcome(Socket socket) throws IOException;

  /** Creates sockets. */
  @FunctionalInterface
  interface SocketOpener {
    /**
     * Creates a socket that is neither bound nor connected.
     *
     * @return the socket
     */
    Socket open();

    /**
     * Has the connect of a TLS socket deferred in the same way. Leaves a socket as it is that has
     * no socket implementation of the JDK's. By default it leaves every socket as it is.
     *
     * @param socket a socket that is neither bound nor connected, as JSSE creates it
     */
    default void defer(SSLSocket socket) {}

    /**
     * Has the connect of any socket deferred in the same way, right before it connects. Leaves a
     * socket as it is that has a proxy of its own, whose implementation is not the JDK's, or that
     * is deferred already. By default it leaves every socket as it is.
     *
     * @param socket a socket that is not connected; it may be bound, and have options set
     */
    default void deferConnect(Socket socket) {}
  }
}
