package io.tfo.jna;

import io.tfo.spi.SocketSupport.SocketOpener;
import java.io.IOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.invoke.VarHandle;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * Opens sockets whose connects are deferred to the first write, and has for their {@link
 * SocketConnect} what they share.
 */
final class DeferringSockets implements SocketOpener {
  /** How long a read waits for a writer: enough for a program whose reader thread starts first. */
  private static final Duration HOLD_BACK = Duration.ofMillis(20);

  /**
   * The constructors of the classes that stand before a {@code NioSocketImpl}, the field of the
   * first that holds its {@link SocketConnect}, and that of the second for its SOCKS proxy.
   */
  private record Impls(
      MethodHandle deferring, VarHandle hook, MethodHandle socks, VarHandle proxy) {}

  private static final @Nullable Impls IMPLS = find();

  final JdkSockets jdk;
  final SocketDeferral deferral;
  private final SynLossDetector lossDetector;
  private final KnownDestinations known;
  private final KnownDestinations serverFirst;
  private final Predicate<? super InetSocketAddress> which;

  // Created once, not for each socket.
  private final JdkSockets.OnDescriptor<Boolean> isAnswered;
  private final JdkSockets.OnDescriptor<NativeTcp.FirstSyn> firstSyn;

  /**
   * Creates an opener.
   *
   * @param known the destinations that were connected to
   * @param serverFirst the destinations where a reader waited for a writer in vain
   * @param which the destinations whose connects are deferred
   */
  DeferringSockets(
      JdkSockets jdk,
      NativeTcp tcp,
      SocketDeferral deferral,
      SynLossDetector lossDetector,
      KnownDestinations known,
      KnownDestinations serverFirst,
      Predicate<? super InetSocketAddress> which) {
    this.jdk = jdk;
    this.deferral = deferral;
    this.lossDetector = lossDetector;
    this.known = known;
    this.serverFirst = serverFirst;
    this.which = which;
    this.isAnswered = tcp::isAnswered;
    this.firstSyn = tcp::firstSyn;
  }

  private static @Nullable Impls find() {
    try {
      MethodType two = MethodType.methodType(void.class, SocketImpl.class, SocketImpl.class);
      MethodHandle deferring = HiddenClass.define("DeferringSocketImpl", SocketImpl.class, two);
      Class<?> hidden = deferring.type().returnType();
      Class<?> socks = Class.forName("java.net.SocksSocketImpl");
      MethodHandles.Lookup lookup = TrustedLookup.read().in(socks);
      MethodType one = MethodType.methodType(void.class, SocketImpl.class);
      return new Impls(
          deferring.asType(two.changeReturnType(SocketImpl.class)),
          TrustedLookup.read().in(hidden).findVarHandle(hidden, "hook", SocketImpl.class),
          lookup.findConstructor(socks, one).asType(one.changeReturnType(SocketImpl.class)),
          lookup.findVarHandle(socks, "server", String.class));
    } catch (IOException | ReflectiveOperationException | RuntimeException | Error e) {
      System.getLogger("io.tfo")
          .log(System.Logger.Level.WARNING, "the connects of sockets cannot be deferred: " + e);
      return null;
    }
  }

  static boolean isAvailable() {
    return JdkSockets.ACCESS != null && IMPLS != null;
  }

  /**
   * A socket of the JDK; where the process has a factory of its own, that factory's. It is opened
   * without a proxy, as that has no {@code SocksSocketImpl} yet.
   */
  @Override
  public Socket open() {
    Socket socket = new Socket(Proxy.NO_PROXY);
    replaceImpl(socket);
    return socket;
  }

  /**
   * A TLS socket of the JDK is a {@code Socket} with a {@code SocksSocketImpl} until it is layered
   * over another. It never has a proxy of its own, which would be lost here: {@code SSLSocket} has
   * no constructor for one.
   */
  @Override
  public void defer(SSLSocket socket) {
    replaceImpl(socket);
  }

  private void replaceImpl(Socket socket) {
    SocketImpl nio = jdk.nioBehind(socket);
    Impls impls = IMPLS;
    if (nio != null && impls != null) {
      SocketImpl hook = new SocketConnect(socket, nio, this);
      try {
        SocketImpl deferring = (SocketImpl) impls.deferring().invokeExact(nio, hook);
        jdk.setImpl(socket, (SocketImpl) impls.socks().invokeExact(deferring));
      } catch (RuntimeException | Error e) {
        throw e;
      } catch (Throwable e) {
        throw new IllegalStateException(e); // the constructors declare none
      }
    }
  }

  /** Whether the SYN of a socket waits for its first write. */
  static boolean isWaiting(JdkSockets jdk, Socket socket) {
    Impls impls = IMPLS;
    if (impls == null) {
      return false;
    }
    SocketImpl impl = jdk.impl(socket);
    while (impl != null && !impls.hook().coordinateTypes().get(0).isInstance(impl)) {
      impl = jdk.behind(impl);
    }
    return impl != null && ((SocketConnect) impls.hook().get(impl)).isWaiting();
  }

  /**
   * Whether the JDK connects a socket to a SOCKS proxy. It tries the next one, and tells the {@code
   * ProxySelector}, only if {@code connect} fails.
   */
  boolean isProxied(Socket socket) {
    return IMPLS != null && IMPLS.proxy().get(jdk.impl(socket)) != null;
  }

  /**
   * Whether the SYN to a destination may carry data.
   *
   * @param timeoutMillis how long the connect may take; 0 without a limit
   */
  boolean admits(InetSocketAddress destination, int timeoutMillis) {
    return ChannelConnector.isOneHost(destination)
        && which.test(destination)
        && lossDetector.admits(destination, TimeUnit.MILLISECONDS.toNanos(timeoutMillis));
  }

  /** Whether the server has answered the SYN, as far as the system tells. */
  boolean isAnswered(SocketImpl nio) {
    try {
      return jdk.withDescriptor(nio, isAnswered, false);
    } catch (IOException e) {
      return false;
    }
  }

  /** The time by the loss detector's clock, in nanoseconds. */
  long now() {
    return lossDetector.now();
  }

  /** Whether this process has connected to a destination before. */
  boolean isKnown(InetSocketAddress destination) {
    return known.contains(destination);
  }

  /**
   * A connect without the TFO option was answered. A system that defers by itself does so only
   * where it has a cookie; one that does not may have none.
   */
  private void connected(InetSocketAddress destination) {
    if (deferral.isSystems()) {
      known.add(destination);
    }
  }

  /** Connects as the JDK does, without the TFO option. */
  void connectPlainly(SocketImpl nio, SocketAddress remote, int timeoutMillis) throws IOException {
    if (!(remote instanceof InetSocketAddress destination)) {
      jdk.connect(nio, remote, timeoutMillis);
      return;
    }
    long start = now();
    try {
      jdk.connect(nio, remote, timeoutMillis);
    } catch (IOException e) {
      lossDetector.plainFailed(destination, start, e);
      throw e;
    }
    connected(destination);
    lossDetector.plainAnswered(destination, start);
  }

  /** The system sends no TFO option now, and a connect without it was answered. */
  void refused(InetSocketAddress destination) {
    connected(destination);
    if (!deferral.isSystems()) {
      known.remove(destination);
    }
  }

  /**
   * A connect with the TFO option was answered.
   *
   * @param start when it began, by {@link #now}
   * @param withData whether the SYN carried data
   * @param query asks the system about the SYN
   */
  void answered(
      InetSocketAddress destination,
      long start,
      boolean withData,
      SynLossDetector.LossQuery query) {
    known.add(destination);
    lossDetector.answered(destination, start, withData, query);
  }

  /** What became of the SYN of a connection; unknown if it is closed. */
  NativeTcp.FirstSyn firstSyn(SocketImpl nio) throws IOException {
    return jdk.withDescriptor(nio, firstSyn, NativeTcp.FirstSyn.UNKNOWN);
  }

  /**
   * A connect with the TFO option failed, or was given up before it was answered.
   *
   * @param start when its SYN was sent
   * @param failure what the program is told
   */
  void failed(InetSocketAddress destination, long start, boolean withData, IOException failure) {
    known.remove(destination);
    lossDetector.failed(destination, start, withData, failure);
  }

  /** A connect with the TFO option was given up before it was answered. */
  void abandoned(InetSocketAddress destination, long start, boolean withData) {
    known.remove(destination);
    lossDetector.abandoned(destination, start, withData);
  }

  /**
   * How long a read may wait for a writer to come first.
   *
   * @param soTimeoutMillis the read's own timeout; 0 if it has none
   * @return the time in nanoseconds
   */
  long holdBack(InetSocketAddress destination, int soTimeoutMillis) {
    boolean shorter = soTimeoutMillis > 0 && soTimeoutMillis <= 2 * HOLD_BACK.toMillis();
    return shorter || serverFirst.contains(destination) ? 0 : HOLD_BACK.toNanos();
  }

  /** No writer came while a read waited for one: the server sends first, most likely. */
  void heldBackInVain(InetSocketAddress destination) {
    serverFirst.add(destination);
  }
}
