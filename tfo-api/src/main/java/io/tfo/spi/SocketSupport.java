package io.tfo.spi;

import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.SSLSocket;

/**
 * An optional interface of a backend's {@link io.tfo.FastOpenConnector}, for {@link
 * io.tfo.socket.FastOpenSocketFactory} and {@link io.tfo.socket.FastOpenSslSocketFactory}: TCP Fast
 * Open on the JDK's own sockets.
 */
public interface SocketSupport {
  /**
   * Whether the system itself defers connects; it does so only if it has a cookie of the server.
   *
   * @return false if the backend defers them instead
   */
  boolean systemDefers();

  /**
   * Returns an opener of the JDK's sockets whose connect may be deferred, so that the SYN carries
   * the first write.
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
   * Tells the outcome of TCP Fast Open on a connection.
   *
   * @param socket a connected socket of the JDK's own
   * @return the outcome
   * @throws java.nio.channels.ClosedChannelException if it is closed
   * @throws java.nio.channels.NotYetConnectedException if it is not connected, or its SYN still
   *     waits for the first write
   * @throws IOException if the system does not answer
   * @throws IllegalArgumentException if it is not a socket of the JDK's own; for example, if it is
   *     layered over one
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
     * Defers the connect of a TLS socket in the same way. A socket without a socket implementation
     * of the JDK's is left unchanged. By default every socket is left unchanged.
     *
     * @param socket a socket that is neither bound nor connected, as JSSE creates it
     */
    default void defer(SSLSocket socket) {}

    /**
     * Defers the connect of any socket in the same way, right before it connects. A socket is left
     * unchanged if it has a proxy of its own, if its implementation is not the JDK's, or if it is
     * deferred already. By default every socket is left unchanged.
     *
     * @param socket a socket that is not connected; it may be bound, and have options set
     */
    default void deferConnect(Socket socket) {}
  }
}
