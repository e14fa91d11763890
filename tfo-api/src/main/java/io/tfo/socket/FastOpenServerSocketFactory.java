package io.tfo.socket;

import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.spi.ServerSocketSupport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.util.Objects;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes ordinary server sockets that accept TCP Fast Open: for servers that take a {@link
 * ServerSocketFactory}.
 *
 * <p><strong>SYN data may reach the application twice</strong> (RFC 7413, section 2.1): a server
 * that turns this on must tolerate that the first bytes of a connection are delivered again on
 * another one.
 *
 * <p>The sockets are the JDK's own: the option is set on their descriptor when they are bound, and
 * everything else is the JDK's. So are the sockets that they accept. Where TCP Fast Open is not
 * {@linkplain FastOpenListener#capability() available}, they are ordinary listeners.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class FastOpenServerSocketFactory extends ServerSocketFactory {
  private final FastOpenListener listener;
  private final int fastOpenBacklog;

  /** Creates a factory like {@link #system()}, for libraries that create it by its class name. */
  public FastOpenServerSocketFactory() {
    this(FastOpenListener.system(), FastOpenListener.FAST_OPEN_BACKLOG);
  }

  private FastOpenServerSocketFactory(FastOpenListener listener, int fastOpenBacklog) {
    this.listener = listener;
    this.fastOpenBacklog = fastOpenBacklog;
  }

  /**
   * Returns a factory over {@link FastOpenListener#system()}, with {@link
   * FastOpenListener#FAST_OPEN_BACKLOG} as the maximum number of connections, opened by SYN data,
   * whose handshake is not complete yet.
   *
   * @return a factory
   */
  public static FastOpenServerSocketFactory system() {
    return new FastOpenServerSocketFactory();
  }

  /**
   * Returns a factory over a listener, with the same {@code fastOpenBacklog} as {@link #system()}.
   *
   * @param listener a backend's listener; with one that is no {@link ServerSocketSupport}, the
   *     sockets are ordinary listeners
   * @return a factory
   */
  public static FastOpenServerSocketFactory over(FastOpenListener listener) {
    return new FastOpenServerSocketFactory(
        Objects.requireNonNull(listener, "listener"), FastOpenListener.FAST_OPEN_BACKLOG);
  }

  /**
   * The same as {@link #system()}, for libraries that look for this method.
   *
   * @return a factory
   */
  public static ServerSocketFactory getDefault() {
    return system();
  }

  /**
   * Returns a factory like this one, with another {@code fastOpenBacklog}.
   *
   * @param fastOpenBacklog the maximum number of connections, opened by SYN data, whose handshake
   *     is not complete yet, as in {@link FastOpenListener#bind}
   * @return a new factory
   * @throws IllegalArgumentException if it is negative
   */
  public FastOpenServerSocketFactory withFastOpenBacklog(int fastOpenBacklog) {
    if (fastOpenBacklog < 0) {
      throw new IllegalArgumentException("fastOpenBacklog is negative: " + fastOpenBacklog);
    }
    return new FastOpenServerSocketFactory(listener, fastOpenBacklog);
  }

  /**
   * Tells the outcome of TCP Fast Open on an accepted connection.
   *
   * @param accepted a socket that a server socket of such a factory has accepted
   * @return the outcome, as from {@link FastOpenListener#outcome}
   * @throws ClosedChannelException if it is closed
   * @throws IOException if the kernel does not answer
   * @throws IllegalArgumentException if it was not accepted by a server socket of the JDK
   */
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

  /**
   * Sets the keys of a server socket of such a factory. For keys that change by themselves, see
   * {@link FastOpenListener#withKeys}.
   *
   * @param socket the server socket
   * @param keys the keys, of which the system takes a copy
   * @return whether it has them now, as {@link FastOpenListener#setKeys} returns it
   * @throws IOException if the socket is closed, or the system cannot be asked
   */
  public boolean setKeys(ServerSocket socket, FastOpenKeys keys) throws IOException {
    return listener instanceof ServerSocketSupport support && support.setKeys(socket, keys);
  }

  @Override
  public ServerSocket createServerSocket() throws IOException {
    return listener instanceof ServerSocketSupport support
        ? new FastOpenServerSocket(support, fastOpenBacklog)
        : new ServerSocket();
  }

  @Override
  public ServerSocket createServerSocket(int port) throws IOException {
    return createServerSocket(port, 0, null);
  }

  @Override
  public ServerSocket createServerSocket(int port, int backlog) throws IOException {
    return createServerSocket(port, backlog, null);
  }

  /**
   * Makes a socket that listens.
   *
   * @param local the address to listen on; {@code null} for all
   */
  @Override
  public ServerSocket createServerSocket(int port, int backlog, @Nullable InetAddress local)
      throws IOException {
    if (port < 0 || port > 0xFFFF) {
      return new ServerSocket(port, backlog, local); // throws what the JDK throws
    }
    InetSocketAddress address = new InetSocketAddress(local, port);
    ServerSocket socket = createServerSocket();
    try {
      socket.bind(address, backlog);
      return socket;
    } catch (Throwable t) {
      try {
        socket.close();
      } catch (IOException e) {
        t.addSuppressed(e);
      }
      throw t;
    }
  }
}
