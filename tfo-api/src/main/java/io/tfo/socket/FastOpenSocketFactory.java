package io.tfo.socket;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Objects;
import java.util.function.Predicate;
import javax.net.SocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Creates ordinary sockets whose first write travels in the SYN (RFC 7413): for libraries that
 * accept a {@link SocketFactory}, and for TLS with {@link
 * javax.net.ssl.SSLSocketFactory#createSocket(Socket, String, int, boolean)}.
 *
 * <p><strong>The first write may reach the server twice</strong> (RFC 7413, section 2.1). It must
 * be idempotent for the server, such as a TLS ClientHello, a GET or a query; not a payment. Use
 * {@link #plainFor} for destinations where it is not.
 *
 * <h2>When the connect happens</h2>
 *
 * <p>If TCP Fast Open is {@linkplain FastOpenConnector#capability() available}, {@code connect}
 * stores the address and returns. The first of these calls makes the connect:
 *
 * <ul>
 *   <li>a write of at least one byte, with its data in the SYN;
 *   <li>a read, {@code available}, {@code shutdownInput}, {@code shutdownOutput} or {@code
 *       sendUrgentData}, without data in the SYN. So a server that sends first works.
 * </ul>
 *
 * <p>Everything after that is the JDK's. A socket that is closed before one of these calls sends
 * nothing to the server. If TCP Fast Open is not available, which is probed at most once a second,
 * or if {@code -DsocksProxyHost} is set, {@code connect} connects at once, as on any socket.
 *
 * <p><strong>Failures come later.</strong> {@code connect} reports an unknown host. The first write
 * or read reports a refused port, an unreachable network or a timeout, with the exception that
 * {@code connect} would have thrown. So a successful {@code connect} does not show that the port is
 * open, and a program that tries a list of addresses must try each as far as the first write.
 *
 * <p>The timeout given to {@code connect} applies to the connect that the first write or read
 * makes, and starts there. {@code setSoTimeout} applies to reads, as on any socket.
 *
 * <h2>What else a caller can notice</h2>
 *
 * <ul>
 *   <li>After {@code connect}, the socket reports that it is connected. A call that asks for its
 *       local port or address before the first write or read binds the socket: to a free port, at
 *       the address from which the system reaches the destination.
 *   <li>{@link Socket#getChannel()} is null, as on any ordinary socket.
 *   <li>An interrupt ends a read, a write or a connect that waits, and closes the socket, on
 *       platform threads and virtual threads; on an ordinary socket only on virtual threads. A
 *       thread that was already interrupted can use the socket, as it can use any socket.
 * </ul>
 *
 * <p>Immutable and safe for use by multiple threads.
 */
public final class FastOpenSocketFactory extends SocketFactory {
  private final ConnectPolicy policy;

  /** Creates a factory like {@link #system()}, for libraries that create it by its class name. */
  public FastOpenSocketFactory() {
    this(new ConnectPolicy(FastOpenConnector.system(), destination -> true));
  }

  private FastOpenSocketFactory(ConnectPolicy policy) {
    this.policy = policy;
  }

  /**
   * Returns a factory whose sockets {@link FastOpenConnector#system()} connects, for all
   * destinations.
   *
   * @return a new factory
   */
  public static FastOpenSocketFactory system() {
    return new FastOpenSocketFactory();
  }

  /**
   * Returns a factory whose sockets a given connector connects, for all destinations.
   *
   * @param connector connects the sockets
   * @return a new factory
   */
  public static FastOpenSocketFactory over(FastOpenConnector connector) {
    return new FastOpenSocketFactory(
        new ConnectPolicy(Objects.requireNonNull(connector, "connector"), destination -> true));
  }

  /**
   * Returns the same as {@link #system()}. Libraries that are given the class name of a socket
   * factory call this method, such as the JDK's LDAP client.
   *
   * @return a new factory
   */
  public static SocketFactory getDefault() {
    return system();
  }

  /**
   * Returns a factory like this one, with ordinary connects to some destinations: those whose
   * server must not receive the first write twice, or whose failures {@code connect} must report.
   *
   * @param destinations accepts the addresses with ordinary connects
   * @return a new factory
   */
  public FastOpenSocketFactory plainFor(Predicate<? super InetSocketAddress> destinations) {
    Objects.requireNonNull(destinations, "destinations");
    return new FastOpenSocketFactory(policy.and(address -> !destinations.test(address)));
  }

  /**
   * Returns a factory like this one, with ordinary connects to all but some destinations.
   *
   * @param destinations accepts the addresses where TCP Fast Open may be used
   * @return a new factory
   */
  public FastOpenSocketFactory onlyFor(Predicate<? super InetSocketAddress> destinations) {
    Objects.requireNonNull(destinations, "destinations");
    return new FastOpenSocketFactory(policy.and(destinations));
  }

  /**
   * Tells the outcome of TCP Fast Open on a connection.
   *
   * @param socket a socket of this factory; not a TLS socket that is layered over it
   * @return the outcome, as from {@link FastOpenConnector#outcome}
   * @throws java.nio.channels.NotYetConnectedException if the connect has not been made yet
   * @throws java.nio.channels.ClosedChannelException if the socket is closed
   * @throws IOException if the kernel reports an error instead
   * @throws IllegalArgumentException if the socket is not of such a factory
   */
  public FastOpenOutcome outcome(Socket socket) throws IOException {
    if (socket instanceof FastOpenSocket ours) {
      return policy.connector().outcome(ours.channel());
    }
    throw new IllegalArgumentException("not a socket of a FastOpenSocketFactory: " + socket);
  }

  @Override
  public Socket createSocket() throws IOException {
    return System.getProperty("socksProxyHost") == null
        ? new FastOpenSocket(new ChannelSocketImpl(policy))
        : new Socket();
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected(new InetSocketAddress(InetAddress.getByName(host), port), null);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    return connected(
        new InetSocketAddress(InetAddress.getByName(host), port),
        new InetSocketAddress(localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    return connected(new InetSocketAddress(Objects.requireNonNull(host, "host"), port), null);
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws IOException {
    return connected(
        new InetSocketAddress(Objects.requireNonNull(address, "address"), port),
        new InetSocketAddress(localAddress, localPort));
  }

  private Socket connected(InetSocketAddress remote, @Nullable InetSocketAddress local)
      throws IOException {
    Socket socket = createSocket();
    try {
      if (local != null) {
        socket.bind(local);
      }
      socket.connect(remote);
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
