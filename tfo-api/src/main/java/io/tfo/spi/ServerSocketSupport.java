package io.tfo.spi;

import io.tfo.FastOpenKeys;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;

/**
 * An optional interface of a backend's {@link io.tfo.FastOpenListener}, for {@link
 * io.tfo.socket.FastOpenServerSocketFactory}: TCP Fast Open on the JDK's own server sockets.
 */
public interface ServerSocketSupport {
  /**
   * Binds a server socket, and switches TCP Fast Open on for it as far as the system allows. The
   * option is set on its descriptor, before or after it listens, as the system requires. A server
   * socket whose descriptor cannot be reached is bound without the option.
   *
   * @param socket the server socket
   * @param fastOpenBacklog as in {@link io.tfo.FastOpenListener#bind}
   * @param binding binds the socket and listens, as {@link ServerSocket#bind} does
   * @throws IOException what {@code binding} throws; the option is taken back
   */
  void bind(ServerSocket socket, int fastOpenBacklog, Binding binding) throws IOException;

  /**
   * Binds a server socket as {@link #bind(ServerSocket, int, Binding)} does, with keys of its own.
   * By default it gets them after it listens.
   *
   * @param socket the server socket
   * @param fastOpenBacklog as in {@link io.tfo.FastOpenListener#bind}
   * @param keys the keys
   * @param binding binds the socket and listens, as {@link ServerSocket#bind} does
   * @throws IOException what {@code binding} throws; the option is taken back
   */
  default void bind(ServerSocket socket, int fastOpenBacklog, FastOpenKeys keys, Binding binding)
      throws IOException {
    bind(socket, fastOpenBacklog, binding);
    boolean unused = setKeys(socket, keys);
  }

  /**
   * Sets the keys of a server socket, as {@link io.tfo.FastOpenListener#setKeys} does of a channel.
   *
   * @param socket a server socket, which listens or is going to
   * @param keys the keys
   * @return whether it has them now; false by default
   * @throws IOException if the socket is closed, or the system cannot be asked
   */
  default boolean setKeys(ServerSocket socket, FastOpenKeys keys) throws IOException {
    return false;
  }

  /**
   * Tells the outcome of TCP Fast Open on an accepted connection.
   *
   * @param accepted a socket that a server socket of the JDK has accepted
   * @return as {@link io.tfo.FastOpenListener#outcome} tells it; {@code UNKNOWN} where the socket's
   *     descriptor cannot be reached
   * @throws java.nio.channels.ClosedChannelException if the socket is closed
   * @throws IOException if the system does not answer
   * @throws IllegalArgumentException if the socket was not accepted by such a server socket
   */
  FastOpenOutcome outcome(Socket accepted) throws IOException;

  /** Binds a server socket and listens. */
  @FunctionalInterface
  interface Binding {
    /**
     * Binds and listens.
     *
     * @throws IOException as {@link ServerSocket#bind} does
     */
    void bind() throws IOException;
  }
}
