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
 * Makes ordinary sockets whose first write travels in the SYN: for libraries that take a {@link
 * SocketFactory}, and for TLS by {@link javax.net.ssl.SSLSocketFactory#createSocket(Socket, String,
 * int, boolean)}.
 *
 * <p><strong>The first write may reach the server twice</strong> (RFC 7413, section 2.1). It must
 * be idempotent for the server: a TLS ClientHello, a GET, a query; not a payment. Where it is not,
 * {@link #plainFor} keeps ordinary connects.
 *
 * <h2>When the connect happens</h2>
 *
 * <p>Where TCP Fast Open is {@linkplain FastOpenConnector#capability() available}, {@code connect}
 * remembers the address and returns. The connect is carried out by whatever comes first:
 *
 * <ul>
 *   <li>the first write of at least a byte, with its data in the SYN;
 *   <li>a read, {@code available}, {@code shutdownInput}, {@code shutdownOutput} or {@code
 *       sendUrgentData}, at once and plainly: so a server that speaks first is heard.
 * </ul>
 *
 * <p>Everything after that is the JDK's. A socket that is closed before never reaches the server.
 * Where TCP Fast Open is not available, which is found out anew every second, or {@code
 * -DsocksProxyHost} is set, sockets connect as ever.
 *
 * <p><strong>Failures come later.</strong> An unknown host is reported by {@code connect}; a
 * refused port, an unreachable network or a timeout by the first write or read, as the exception
 * that {@code connect} would have thrown. So a socket that was connected and closed again says
 * nothing about its port, and a list of addresses that are to be tried in turn must be tried as far
 * as the first write.
 *
 * <p>The timeout given to {@code connect} covers the deferred connect: its time begins with the
 * first write or read. {@code setSoTimeout} is for reads, as ever.
 *
 * <h2>What else a caller can notice</h2>
 *
 * <ul>
 *   <li>From {@code connect} on, the socket answers as connected. Who asks for its local port or
 *       address before it is, has it bound there and then to a free port of the address from which
 *       the system reaches that destination.
 *   <li>{@link Socket#getChannel()} is null, as on any ordinary socket.
 *   <li>An interrupt ends a read, a write or a connect that waits, and closes the socket, on every
 *       kind of thread; on an ordinary socket only on virtual threads. A thread that was
 *       interrupted before may use the socket, as ever.
 * </ul>
 *
 * <p>Immutable and safe for use by many threads.
 */
public final class FastOpenSocketFactory extends SocketFactory {
  private final ConnectPolicy policy;

  /** A factory like {@link #system()}, for libraries that make one by the name of the class. */
  public FastOpenSocketFactory() {
    this(new ConnectPolicy(FastOpenConnector.system(), destination -> true));
  }

  private FastOpenSocketFactory(ConnectPolicy policy) {
    this.policy = policy;
  }

  /**
   * A factory over {@link FastOpenConnector#system()}, for all destinations.
   *
   * @return a factory
   */
  public static FastOpenSocketFactory system() {
    return new FastOpenSocketFactory();
  }

  /**
   * A factory over a connector, for all destinations.
   *
   * @param connector what connects the sockets
   * @return a factory
   */
  public static FastOpenSocketFactory over(FastOpenConnector connector) {
    return new FastOpenSocketFactory(
        new ConnectPolicy(Objects.requireNonNull(connector, "connector"), destination -> true));
  }

  /**
   * The same as {@link #system()}: it is the method that libraries look for which are given the
   * name of a socket factory's class, such as the JDK's LDAP client.
   *
   * @return a factory
   */
  public static SocketFactory getDefault() {
    return system();
  }

  /**
   * This factory, but with ordinary connects to some destinations: those whose server must not see
   * the first write twice, or whose failures are wanted from {@code connect}.
   *
   * @param destinations tells them by the address that is connected to
   * @return a new factory
   */
  public FastOpenSocketFactory plainFor(Predicate<? super InetSocketAddress> destinations) {
    Objects.requireNonNull(destinations, "destinations");
    return new FastOpenSocketFactory(policy.and(address -> !destinations.test(address)));
  }

  /**
   * This factory, but with ordinary connects to all other destinations.
   *
   * @param destinations tells where TCP Fast Open may be used, by the address that is connected to
   * @return a new factory
   */
  public FastOpenSocketFactory onlyFor(Predicate<? super InetSocketAddress> destinations) {
    Objects.requireNonNull(destinations, "destinations");
    return new FastOpenSocketFactory(policy.and(destinations));
  }

  /**
   * What became of TCP Fast Open on a connection.
   *
   * @param socket a socket of this factory, not one that is layered over it
   * @return what {@link FastOpenConnector#outcome} tells of it
   * @throws java.nio.channels.NotYetConnectedException if its connect has not been carried out
   * @throws java.nio.channels.ClosedChannelException if it is closed
   * @throws IOException if the kernel does not answer
   * @throws IllegalArgumentException if it is no socket of such a factory
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
