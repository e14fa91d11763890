package io.tfo.socket;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.SocketSupport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.SocketFactory;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Creates sockets whose first write travels in the SYN (RFC 7413): for libraries that accept a
 * {@link SocketFactory}. {@link FastOpenSslSocketFactory} is the same for TLS.
 *
 * <p><strong>The first write may reach the server twice</strong> (RFC 7413, section 2.1). It must
 * be idempotent for the server, such as a TLS ClientHello, a GET or a query; not a payment. Use
 * {@link #plainFor} for destinations where it is not.
 *
 * <p>The sockets are the JDK's own {@link Socket} objects. Their {@code connect} leaves the SYN to
 * the first write where that can carry it, and else connects as the JDK does:
 *
 * <ul>
 *   <li>If the kernel says that it has no cookie of the server, the connect is an ordinary one, at
 *       once, which asks for a cookie. The same holds for a server to which this process has not
 *       connected before at that address and port ({@link #trustingCookies} changes that), and for
 *       one that recently lost or refused a SYN with data ({@link FastOpenConnector}). An address
 *       that is dead fails in {@code connect}, with the JDK's exception, after the JDK's timeout.
 *   <li>Otherwise {@code connect} returns at once. The first use of the connection sends the SYN, a
 *       write with its data, and waits for the handshake, at most as long as the timeout that
 *       {@code connect} was given. A {@code close} does not wait, unless the program has bound the
 *       socket: a thread of the library closes the descriptor after the handshake, or after one
 *       second. Where 128 such threads wait already, {@code close} waits itself, for one second at
 *       most. A read first waits 20 milliseconds for another thread to write; for a server that
 *       turns out to send first, this wait happens once. A connection that is not used is made
 *       after 100 to 150 milliseconds.
 * </ul>
 *
 * <p>Everything else is the JDK's. One difference remains: if a server that this process knows has
 * gone since, the first write or read fails instead of the {@code connect}, with the same kind of
 * exception. That happens once: the next connects to it are ordinary ones.
 *
 * <p>On Linux 4.11 and later with {@code tfo-backend-linux-connect}, the kernel delays a connect
 * until the first write, if it has a cookie. With other backends this library does so, for servers
 * that it knows. A program that asks such a socket for its local address or port before the first
 * write sends the SYN without data. Without a backend, the sockets are ordinary ones.
 *
 * <p>Immutable and safe for use by multiple threads.
 */
public final class FastOpenSocketFactory extends SocketFactory implements Comparator<String> {
  private final Optional<SocketSupport> support;
  private final Predicate<InetSocketAddress> destinations;

  /** Null where only the first address of a host is tried. */
  private final @Nullable Racing racing;

  private final boolean noDelay;

  private final boolean trustsCookies;

  /** Null where sockets are the JDK's. */
  private final SocketSupport.@Nullable SocketOpener opener;

  /** Creates a factory like {@link #system()}, for libraries that create it by its class name. */
  public FastOpenSocketFactory() {
    this(ofSystem(), destination -> true, null, false, false);
  }

  private FastOpenSocketFactory(
      Optional<SocketSupport> support,
      Predicate<InetSocketAddress> destinations,
      @Nullable Racing racing,
      boolean noDelay,
      boolean trustsCookies) {
    this.support = support;
    this.destinations = destinations;
    this.racing = racing;
    this.noDelay = noDelay;
    this.trustsCookies = trustsCookies;
    this.opener =
        support.isPresent()
            ? support.get().deferring(destinations, trustsCookies).orElse(null)
            : null;
  }

  /** The first of the backends whose system defers connects by itself, else the best. */
  private static Optional<SocketSupport> ofSystem() {
    for (FastOpenBackend backend : FastOpenBackends.candidates().orElse(List.of())) {
      Optional<SocketSupport> support = of(backend.connector());
      if (support.isPresent() && support.get().systemDefers()) {
        return support;
      }
    }
    return of(FastOpenConnector.system());
  }

  private static Optional<SocketSupport> of(FastOpenConnector connector) {
    return connector instanceof SocketSupport support ? Optional.of(support) : Optional.empty();
  }

  /**
   * Returns a factory over the backends that {@link FastOpenConnector#system()} is chosen from, for
   * all destinations.
   *
   * @return a new factory
   */
  public static FastOpenSocketFactory system() {
    return new FastOpenSocketFactory();
  }

  /**
   * Returns a factory over one backend's connector, for all destinations.
   *
   * @param connector a backend's connector; with one that is no {@link SocketSupport}, the sockets
   *     are ordinary ones
   * @return a new factory
   */
  public static FastOpenSocketFactory over(FastOpenConnector connector) {
    return new FastOpenSocketFactory(
        of(Objects.requireNonNull(connector, "connector")),
        destination -> true,
        null,
        false,
        false);
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
   * server must not receive the first write twice.
   *
   * @param plain accepts the addresses with ordinary connects
   * @return a new factory
   */
  public FastOpenSocketFactory plainFor(Predicate<? super InetSocketAddress> plain) {
    Objects.requireNonNull(plain, "destinations");
    return onlyFor(address -> !plain.test(address));
  }

  /**
   * Returns a factory like this one, with ordinary connects to all but some destinations.
   *
   * @param others accepts the addresses where TCP Fast Open may be used
   * @return a new factory
   */
  public FastOpenSocketFactory onlyFor(Predicate<? super InetSocketAddress> others) {
    Objects.requireNonNull(others, "destinations");
    return new FastOpenSocketFactory(
        support,
        address -> destinations.test(address) && others.test(address),
        racing,
        noDelay,
        trustsCookies);
  }

  /**
   * Returns a factory like this one, whose {@code createSocket} with the name of a host tries more
   * than the host's first address, as RFC 8305 (Happy Eyeballs) recommends: IPv6 and IPv4 in turn,
   * the next one as soon as one fails, or after 250 milliseconds without an answer. The first
   * address that answers gets the connection, and all its data; the other connections are closed.
   * If none answers, it throws what it would have thrown for the first address alone, with the
   * other addresses' exceptions suppressed.
   *
   * <p>An address whose connect waits for the first write counts as one that answers.
   *
   * <p>The calling thread connects. A second thread starts only if an address has not answered for
   * 250 milliseconds, and so on. With a local port, to which only one socket can be bound, the
   * addresses are tried one after the other.
   *
   * <p>This does not affect {@code createSocket()} without arguments: its {@code connect} is given
   * one address.
   *
   * @return a new factory
   */
  public FastOpenSocketFactory racing() {
    return racing(Racing.OF_SYSTEM);
  }

  FastOpenSocketFactory racing(Racing how) {
    return new FastOpenSocketFactory(support, destinations, how, noDelay, trustsCookies);
  }

  /**
   * Returns a factory like this one, whose sockets have {@code TCP_NODELAY} set when they are
   * created. Without it, as on the JDK's sockets, a small write waits for the acknowledgement of
   * the one before: in a TLS handshake, that can cost the round trips that the SYN's data saves.
   *
   * @return a new factory
   */
  public FastOpenSocketFactory noDelay() {
    return new FastOpenSocketFactory(support, destinations, racing, true, trustsCookies);
  }

  /**
   * Returns a factory like this one, for a program that connects once or a few times and ends: its
   * first connection to a server carries data, too, if the kernel has a cookie that another process
   * has got.
   *
   * <p>A cookie belongs to an address, and not to a port. So where such an address is dead now, or
   * nothing listens at that port, {@code connect} returns, and the first write fails; the next
   * connects there are ordinary ones. A program that tries another address after a failed {@code
   * connect} then does not try it, and {@link #racing} treats such an address as one that has
   * answered.
   *
   * <p>Only on Linux 4.11 and later with {@code tfo-backend-linux-connect}: other systems do not
   * tell whether they have a cookie, and with other backends this changes nothing.
   *
   * @return a new factory
   */
  public FastOpenSocketFactory trustingCookies() {
    return new FastOpenSocketFactory(support, destinations, racing, noDelay, true);
  }

  /**
   * Tells the outcome of TCP Fast Open on a connection.
   *
   * @param socket a socket of this factory, or of a {@link FastOpenSslSocketFactory} over it; not a
   *     TLS socket that is layered over such a socket
   * @return the outcome, as from {@link FastOpenConnector#outcome}
   * @throws NotYetConnectedException if it is not connected, or its SYN still waits for the first
   *     write
   * @throws ClosedChannelException if it is closed
   * @throws IOException if the kernel does not answer
   * @throws IllegalArgumentException if it is not a socket of such a factory
   */
  public FastOpenOutcome outcome(Socket socket) throws IOException {
    if (support.isPresent()) {
      return support.get().outcome(socket);
    }
    if (socket.isClosed()) {
      throw new ClosedChannelException();
    }
    if (!socket.isConnected()) {
      throw new NotYetConnectedException();
    }
    return FastOpenOutcome.NOT_ATTEMPTED;
  }

  /**
   * Compares the class names of two socket factories. The JDK's LDAP client keeps its connections
   * in a pool only if its socket factory does that.
   */
  @Override
  public int compare(String one, String other) {
    return one.compareTo(other);
  }

  @Override
  public Socket createSocket() throws IOException {
    Socket socket = opener == null ? new Socket() : opener.open();
    setNoDelay(socket);
    return socket;
  }

  private void setNoDelay(Socket socket) throws IOException {
    if (noDelay) {
      try {
        socket.setTcpNoDelay(true);
      } catch (IOException e) {
        socket.close();
        throw e;
      }
    }
  }

  @Override
  public Socket createSocket(String host, int port) throws IOException {
    return connected(this::createSocket, host, port, null);
  }

  @Override
  public Socket createSocket(String host, int port, InetAddress localHost, int localPort)
      throws IOException {
    InetSocketAddress unused = new InetSocketAddress(port); // the JDK checks this port first
    return connected(this::createSocket, host, port, new InetSocketAddress(localHost, localPort));
  }

  @Override
  public Socket createSocket(InetAddress host, int port) throws IOException {
    InetSocketAddress remote = new InetSocketAddress(Objects.requireNonNull(host), port);
    return connect(createSocket(), remote, null);
  }

  @Override
  public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort)
      throws IOException {
    InetSocketAddress remote = address == null ? null : new InetSocketAddress(address, port);
    InetSocketAddress local = new InetSocketAddress(localAddress, localPort);
    Objects.requireNonNull(remote); // not before: the JDK checks the local port first
    return connect(createSocket(), remote, local);
  }

  /**
   * Defers the connect of a socket that other code has created, from its next {@code connect} on,
   * as for this factory's own sockets. A socket is left unchanged if it is connected or closed, if
   * it has a proxy of its own, or if its implementation is not the JDK's.
   *
   * @param socket the socket
   */
  public void deferConnect(Socket socket) {
    if (opener != null) {
      opener.deferConnect(Objects.requireNonNull(socket, "socket"));
    }
  }

  /** Defers the connect of a TLS socket, if this factory defers those of its own sockets. */
  void defer(SSLSocket socket) throws IOException {
    if (opener != null) {
      opener.defer(socket);
    }
    setNoDelay(socket);
  }

  /** Connects a new socket to a host by its name; null means the loopback address. */
  Socket connected(
      SocketCreation creation, @Nullable String host, int port, @Nullable InetSocketAddress local)
      throws IOException {
    if (host != null && racing != null) {
      List<InetSocketAddress> all =
          racing.addresses(host).stream()
              .map(address -> new InetSocketAddress(address, port))
              .toList();
      if (!all.isEmpty()) {
        return new AddressRace(all, creation, local, racing).run();
      }
    }
    InetSocketAddress remote =
        host == null
            ? new InetSocketAddress(InetAddress.getLoopbackAddress(), port)
            : new InetSocketAddress(host, port);
    return connect(creation.create(), remote, local);
  }

  /** Binds and connects a socket, and closes it if that fails. */
  static Socket connect(Socket socket, InetSocketAddress remote, @Nullable InetSocketAddress local)
      throws IOException {
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
