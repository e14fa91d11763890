package io.tfo.socket;

import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Objects;
import javax.net.ServerSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Makes ordinary server sockets that accept TCP Fast Open: for servers that take a {@link
 * ServerSocketFactory}.
 *
 * <p><strong>SYN data may reach the application twice</strong> (RFC 7413, section 2.1): a server
 * that turns this on must be able to stand the first bytes of a connection being delivered again on
 * another one.
 *
 * <p>Where TCP Fast Open is not {@linkplain FastOpenListener#capability() available}, the sockets
 * are ordinary listeners. An interrupt ends an {@code accept} that waits, and closes the server
 * socket, on every kind of thread; on an ordinary one only on virtual threads. {@link
 * ServerSocket#getChannel()} is null.
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class FastOpenServerSocketFactory extends ServerSocketFactory {
  private static final int FAST_OPEN_BACKLOG = 128;

  private final FastOpenListener listener;
  private final int fastOpenBacklog;

  /** A factory like {@link #system()}, for libraries that make one by the name of the class. */
  public FastOpenServerSocketFactory() {
    this(FastOpenListener.system(), FAST_OPEN_BACKLOG);
  }

  private FastOpenServerSocketFactory(FastOpenListener listener, int fastOpenBacklog) {
    this.listener = listener;
    this.fastOpenBacklog = fastOpenBacklog;
  }

  /**
   * A factory over {@link FastOpenListener#system()}, whose sockets let 128 connections wait,
   * opened by SYN data, for the end of their handshake.
   *
   * @return a factory
   */
  public static FastOpenServerSocketFactory system() {
    return new FastOpenServerSocketFactory();
  }

  /**
   * A factory over a listener, with the same bound as {@link #system()}.
   *
   * @param listener what binds the sockets
   * @return a factory
   */
  public static FastOpenServerSocketFactory over(FastOpenListener listener) {
    return new FastOpenServerSocketFactory(
        Objects.requireNonNull(listener, "listener"), FAST_OPEN_BACKLOG);
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
   * This factory with another bound.
   *
   * @param fastOpenBacklog the most connections that may wait, opened by SYN data, for the end of
   *     their handshake, as in {@link FastOpenListener#bind}
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
   * What became of TCP Fast Open on an accepted connection.
   *
   * @param accepted a socket that a server socket of such a factory has accepted
   * @return what {@link FastOpenListener#outcome} tells of it
   * @throws java.nio.channels.ClosedChannelException if it is closed
   * @throws IOException if the kernel does not answer
   * @throws IllegalArgumentException if it is no such socket
   */
  public FastOpenOutcome outcome(Socket accepted) throws IOException {
    if (accepted instanceof FastOpenSocket ours) {
      return listener.outcome(ours.channel());
    }
    throw new IllegalArgumentException("not accepted by such a server socket: " + accepted);
  }

  @Override
  public ServerSocket createServerSocket() throws IOException {
    return new FastOpenServerSocket(new ListeningSocketImpl(listener, fastOpenBacklog));
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
