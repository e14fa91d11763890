package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.backoff.KnownDestinations;
import io.tfo.jdk.DeferringSocketClass;
import io.tfo.jdk.JdkSockets;
import io.tfo.spi.ConnectObservation;
import io.tfo.spi.FastOpenActivity;
import io.tfo.spi.SocketSupport.SocketOpener;
import java.io.IOException;
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
 * Opens sockets whose connects are deferred to the first write, and holds the state that their
 * {@link SocketConnect}s share.
 */
final class DeferringSockets implements SocketOpener {
  /** How long a read waits for a writer: enough for a program whose reader thread starts first. */
  private static final Duration HOLD_BACK = Duration.ofMillis(20);

  private final String backend;
  final JdkSockets jdk;
  final SocketDeferral deferral;
  private final SynLossDetector lossDetector;
  private final KnownDestinations known;
  private final KnownDestinations serverFirst;
  private final Predicate<? super InetSocketAddress> which;
  private final @Nullable Predicate<? super InetSocketAddress> withoutCookie;

  /** The destinations where a connect that had trusted a cookie failed; null if none is trusted. */
  private final @Nullable KnownDestinations distrusted;

  /** As {@link NativeTcp#isAnsweredWhenWritable}; for SYNs with the TFO option. */
  final boolean isAnsweredWhenWritable;

  /**
   * The native calls. Method references to them are made where they are needed, and not kept in
   * fields: the first socket of a process would wait for five of them that few connects use.
   */
  private final NativeTcp tcp;

  /**
   * Creates an opener.
   *
   * @param backend the name of the backend
   * @param learned what connects have learned of their destinations
   * @param which the destinations whose connects are deferred
   * @param withoutCookie those of them that are sent data without a cookie; null for none
   * @param trustsCookies whether a connect waits wherever the system defers it by itself
   */
  DeferringSockets(
      String backend,
      JdkSockets jdk,
      NativeTcp tcp,
      SocketDeferral deferral,
      SynLossDetector lossDetector,
      LearnedDestinations learned,
      Predicate<? super InetSocketAddress> which,
      @Nullable Predicate<? super InetSocketAddress> withoutCookie,
      boolean trustsCookies) {
    this.backend = backend;
    this.jdk = jdk;
    this.deferral = deferral;
    this.lossDetector = lossDetector;
    this.known = learned.known();
    this.serverFirst = learned.serverFirst();
    this.which = which;
    this.withoutCookie = withoutCookie;
    this.distrusted = trustsCookies && deferral.isSystems() ? learned.distrusted() : null;
    this.tcp = tcp;
    this.isAnsweredWhenWritable = tcp.isAnsweredWhenWritable();
  }

  /**
   * Opens a socket of the JDK, or of the process's socket factory if there is one. It is opened
   * with {@code NO_PROXY}, since it then has no {@code SocksSocketImpl} yet.
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

  @Override
  public void deferConnect(Socket socket) {
    if (!socket.isClosed() && !socket.isConnected()) {
      DeferringSocketClass.adopt(jdk, socket, nio -> new SocketConnect(socket, nio, this));
    }
  }

  private void replaceImpl(Socket socket) {
    SocketImpl nio = jdk.nioBehind(socket);
    if (nio != null) {
      DeferringSocketClass.install(jdk, socket, nio, new SocketConnect(socket, nio, this));
    }
  }

  /** Whether the SYN of a socket waits for its first write. */
  static boolean isWaiting(JdkSockets jdk, Socket socket) {
    return DeferringSocketClass.hookOf(jdk, socket) instanceof SocketConnect connect
        && connect.isWaiting();
  }

  /**
   * Whether the SYN of a socket may carry data. Counts the reason if not.
   *
   * @param timeoutMillis how long the connect may take; 0 without a limit
   */
  boolean admits(Socket socket, InetSocketAddress destination, int timeoutMillis) {
    PlainReason reason;
    if (DeferringSocketClass.isProxied(jdk, socket)) {
      reason = PlainReason.PROXY;
    } else if (!ChannelConnector.isOneHost(destination) || !which.test(destination)) {
      reason = PlainReason.EXCLUDED;
    } else if (!lossDetector.admits(destination, TimeUnit.MILLISECONDS.toNanos(timeoutMillis))) {
      reason = PlainReason.BACK_OFF;
    } else {
      return true;
    }
    FastOpenActivity.plain(reason);
    return false;
  }

  /** Begins the observation of a connect; returns null if none is wanted. */
  @Nullable ConnectObservation observe() {
    return ConnectObservation.begin("sockets", backend);
  }

  /**
   * Counts a SYN that was sent after it had waited.
   *
   * @param isPlain whether the system has left the TFO option out
   * @param taken how many bytes it took
   * @param offered how many it was offered
   * @param isUnknown whether it did not wait for a write
   */
  void count(boolean isPlain, int taken, int offered, boolean isUnknown) {
    boolean hasOption = offered > 0 || (isUnknown && !deferral.isSystems());
    if (isPlain || taken > 0 || (taken == 0 && hasOption)) {
      FastOpenActivity.attempted(isPlain, taken > 0);
    } else if (taken == 0) {
      FastOpenActivity.plain(
          isUnknown ? PlainReason.UNKNOWN_DESTINATION : PlainReason.NO_FIRST_WRITE);
    }
  }

  /** Makes the SYN go without a cookie, if the settings say so. */
  void prepareCookie(SocketImpl nio, InetSocketAddress destination) throws IOException {
    if (withoutCookie != null && withoutCookie.test(destination)) {
      boolean unused = jdk.withDescriptor(nio, tcp::withoutCookie, false);
    }
  }

  /** Whether the server has answered the SYN, as far as the system tells. */
  boolean isAnswered(SocketImpl nio) {
    try {
      return jdk.withDescriptor(nio, tcp::isAnswered, false);
    } catch (IOException e) {
      return false;
    }
  }

  /** The time by the loss detector's clock, in nanoseconds. */
  long now() {
    return lossDetector.now();
  }

  /**
   * Whether this process has connected to a destination before this time, or trusts the cookie
   * instead.
   */
  boolean isKnown(InetSocketAddress destination, long now) {
    return known.contains(destination, now)
        || (distrusted != null && !distrusted.contains(destination, now));
  }

  /** Forgets a destination, so that the next connect there is an ordinary one. */
  private void forget(InetSocketAddress destination) {
    known.remove(destination);
    if (distrusted != null) {
      distrusted.add(destination, now());
    }
  }

  /**
   * A connect without the TFO option was answered. A system that itself defers does so only if it
   * has a cookie; another system may have none.
   */
  private void connected(InetSocketAddress destination, long start) {
    if (deferral.isSystems()) {
      known.add(destination, start);
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
    connected(destination, start);
    lossDetector.plainAnswered(destination, start);
  }

  /** The system sends no TFO option now, and a connect without it was answered. */
  void refused(InetSocketAddress destination) {
    FastOpenActivity.plain(PlainReason.OFF);
    connected(destination, now());
    if (!deferral.isSystems()) {
      known.remove(destination);
    }
  }

  /**
   * Whether the system has left the TFO option out of a SYN. One that defers connects by itself
   * does not: it defers those to which it has a cookie.
   */
  boolean wasSentPlainly(SocketImpl nio) throws IOException {
    return !deferral.isSystems() && jdk.withDescriptor(nio, tcp::wasSentPlainly, false);
  }

  /** A connect from whose SYN the system has left out the TFO option was answered. */
  void answeredPlainly(InetSocketAddress destination, long start) {
    known.add(destination, start);
    lossDetector.plainAnswered(destination, start);
  }

  /** A connect from whose SYN the system has left out the TFO option failed or was given up. */
  void failedPlainly(InetSocketAddress destination, long start, IOException failure) {
    forget(destination);
    lossDetector.plainFailed(destination, start, failure);
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
    known.add(destination, start);
    lossDetector.answered(destination, start, withData, query);
  }

  /** The result of the first SYN of a connection; unknown if it is closed. */
  NativeTcp.FirstSyn firstSyn(SocketImpl nio) throws IOException {
    return jdk.withDescriptor(nio, tcp::firstSyn, NativeTcp.FirstSyn.UNKNOWN);
  }

  /** The outcome of a connection; unknown if it is closed. */
  FastOpenOutcome outcome(SocketImpl nio) throws IOException {
    return jdk.withDescriptor(nio, tcp::connectOutcome, FastOpenOutcome.UNKNOWN);
  }

  /**
   * A connect with the TFO option failed, or was given up before it was answered.
   *
   * @param start when its SYN was sent
   * @param failure the exception that the program gets
   */
  void failed(InetSocketAddress destination, long start, boolean withData, IOException failure) {
    forget(destination);
    lossDetector.failed(destination, start, withData, failure);
  }

  /** A connect with the TFO option was given up before it was answered. */
  void abandoned(InetSocketAddress destination, long start, boolean withData) {
    forget(destination);
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
    return shorter || serverFirst.contains(destination, now()) ? 0 : HOLD_BACK.toNanos();
  }

  /** No thread wrote while a read waited for that: the server probably sends first. */
  void heldBackInVain(InetSocketAddress destination) {
    serverFirst.add(destination, now());
  }
}
