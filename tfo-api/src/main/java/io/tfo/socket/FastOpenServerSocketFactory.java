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
 * Creates ordinary server sockets that accept TCP Fast Open (RFC 7413): for servers that accept a
 * {@link ServerSocketFactory}.
 *
 * <p><strong>SYN data may reach the application twice</strong> (RFC 7413, section 2.1): the first
 * bytes of a connection can be delivered again on another connection. The server must tolerate
 * that.
 *
 * <p>If TCP Fast Open is not {@linkplain FastOpenListener#capability() available}, the sockets are
 * ordinary listeners. An interrupt ends an {@code accept} that waits, and closes the server socket,
 * on platform threads and virtual threads; on an ordinary server socket only on virtual threads.
 * {@link ServerSocket#getChannel()} is null.
 *
 * <p>Immutable and safe for use by multiple threads.
 */
public final class FastOpenServerSocketFactory extends ServerSocketFactory {
  private static final int FAST_OPEN_BACKLOG = 128;

  private final FastOpenListener listener;
  private final int fastOpenBacklog;

  /** Creates a factory like {@link #system()}, for libraries that create it by its class name. */
  public FastOpenServerSocketFactory() {
    this(FastOpenListener.system(), FAST_OPEN_BACKLOG);
  }

  private FastOpenServerSocketFactory(FastOpenListener listener, int fastOpenBacklog) {
    this.listener = listener;
    this.fastOpenBacklog = fastOpenBacklog;
  }

  /**
   * Returns a factory whose sockets {@link FastOpenListener#system()} binds, with a {@code
   * fastOpenBacklog} of 128 connections.
   *
   * @return a new factory
   */
  public static FastOpenServerSocketFactory system() {
    return new FastOpenServerSocketFactory();
  }

  /**
   * Returns a factory whose sockets a given listener binds, with a {@code fastOpenBacklog} of 128
   * connections.
   *
   * @param listener binds the sockets
   * @return a new factory
   */
  public static FastOpenServerSocketFactory over(FastOpenListener listener) {
    return new FastOpenServerSocketFactory(
        Objects.requireNonNull(listener, "listener"), FAST_OPEN_BACKLOG);
  }

  /**
   * Returns the same as {@link #system()}, for libraries that call this method by its name.
   *
   * @return a new factory
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
   * @throws java.nio.channels.ClosedChannelException if the socket is closed
   * @throws IOException if the kernel reports an error instead
   * @throws IllegalArgumentException if a server socket of such a factory has not accepted it
   */
  public FastOpenOutcome outcome(Socket accepted) throws IOException {
    if (accepted instanceof FastOpenSocket ours) {
      return listener.outcome(ours.channel());
    }
    throw new IllegalArgumentException(
        "not accepted by a server socket of a FastOpenServerSocketFactory: " + accepted);
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
   * Creates a socket that listens.
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
