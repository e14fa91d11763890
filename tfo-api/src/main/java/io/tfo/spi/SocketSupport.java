package io.tfo.spi;

import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a backend's {@link io.tfo.FastOpenConnector} may implement besides, for {@link
 * io.tfo.socket.FastOpenSocketFactory}: TCP Fast Open on the JDK's own sockets.
 */
public interface SocketSupport {
  /**
   * Sockets of the JDK whose connect the system may defer, so that the first write carries the SYN.
   *
   * @param which the destinations; connects to others are the JDK's
   * @return empty where the system defers no connects, or the JDK's sockets cannot be reached
   */
  Optional<SocketOpener> deferring(Predicate<? super InetSocketAddress> which);

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
  }
}
