package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.backoff.BackOff;
import io.tfo.jdk.DeferringSocketClass;
import io.tfo.jdk.JdkChannels;
import io.tfo.jdk.JdkSockets;
import io.tfo.spi.BackOffSupport;
import io.tfo.spi.ConnectObservation;
import io.tfo.spi.FastOpenActivity;
import io.tfo.spi.SocketSupport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The connector of every backend: a {@link ConnectAttempt} where a SYN with data can be sent, the
 * JDK's own connect everywhere else.
 */
final class ChannelConnector implements FastOpenConnector, SocketSupport, BackOffSupport {
  final NativeAccess access;
  private final String name;
  private final LearnedDestinations learned;
  private final BackOff backOff;
  private final SynLossDetector lossDetector;
  private final PendingConnects pending;
  private final CookiePolicy cookies;

  /** Whether a connect was made by this connector, and not by a drop-in. */
  private volatile boolean isUsed;

  /**
   * Creates a connector.
   *
   * @param name that of its backend
   */
  ChannelConnector(NativeAccess access, LearnedDestinations learned, String name) {
    this.access = access;
    this.name = name;
    this.learned = learned;
    this.backOff = learned.backOff();
    this.lossDetector = new SynLossDetector(backOff);
    this.pending = new PendingConnects(lossDetector);
    this.cookies = CookiePolicy.SYSTEM;
  }

  /** Copies a connector, with what it has learned, and with another policy. */
  private ChannelConnector(ChannelConnector other, CookiePolicy cookies) {
    this.access = other.access;
    this.name = other.name;
    this.learned = other.learned;
    this.backOff = other.backOff;
    this.lossDetector = other.lossDetector;
    this.pending = other.pending;
    this.cookies = cookies;
  }

  @Override
  public FastOpenConnector plainFor(Predicate<? super InetSocketAddress> plain) {
    return new ChannelConnector(this, cookies.plainFor(plain));
  }

  @Override
  public FastOpenConnector withoutCookie(Predicate<? super InetSocketAddress> destinations) {
    return new ChannelConnector(this, cookies.withoutCookie(destinations));
  }

  @Override
  public FastOpenCapability capability() {
    FastOpenCapability found = access.client();
    String allPlain = cookies.whyAllArePlain();
    if (allPlain != null && found.status() == FastOpenCapability.Status.AVAILABLE) {
      return FastOpenCapability.disabled(allPlain, "correct this property");
    }
    if (backOff.isEverywhere() && found.status() == FastOpenCapability.Status.AVAILABLE) {
      return FastOpenCapability.available(
          found.detail()
              + "; all connects are plain for now, because SYNs to several hosts were lost");
    }
    long plain = backOff.destinations();
    return plain == 0 || found.status() != FastOpenCapability.Status.AVAILABLE
        ? found
        : FastOpenCapability.available(
            String.format(
                Locale.ROOT,
                "%s; connects to %d %s are plain for now, because SYNs were lost",
                found.detail(),
                plain,
                plain == 1 ? "destination" : "destinations"));
  }

  @Override
  public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException {
    return connectLimited(channel, remote, synData, null);
  }

  @Override
  public boolean connect(
      SocketChannel channel, SocketAddress remote, ByteBuffer synData, Duration timeout)
      throws IOException {
    return new Limited(timeout).connect(channel, remote, synData, timeout);
  }

  /** This connector for one connect, whose limit the back-off has to know. */
  private final class Limited implements FastOpenConnector {
    private final long nanos;
    private final long start = System.nanoTime();

    Limited(Duration timeout) {
      nanos = TimeUnit.NANOSECONDS.convert(timeout); // never overflows
    }

    /**
     * Returns the exception that the program gets: if its time limit has closed the channel, a
     * timeout.
     */
    private Throwable told(Throwable failure) {
      return failure instanceof ClosedChannelException
              && nanos > 0
              && System.nanoTime() - start >= nanos
          ? new SocketTimeoutException("Connect timed out")
          : failure;
    }

    @Override
    public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
        throws IOException {
      return connectLimited(channel, remote, synData, this);
    }

    @Override
    public FastOpenCapability capability() {
      return ChannelConnector.this.capability();
    }

    @Override
    public FastOpenOutcome outcome(SocketChannel channel) throws IOException {
      return ChannelConnector.this.outcome(channel);
    }
  }

  /**
   * Restores the data's position where the connect fails.
   *
   * @param limited how long the connect may take; null if that is not known
   */
  private boolean connectLimited(
      SocketChannel channel, SocketAddress remote, ByteBuffer synData, @Nullable Limited limited)
      throws IOException {
    int start = synData.position();
    ConnectObservation observed = ConnectObservation.begin("connector", name);
    boolean connected;
    try {
      connected = connectWithSome(channel, remote, synData, limited == null ? 0 : limited.nanos);
      end(observed, channel, remote, synData.position() - start, null);
    } catch (Throwable t) {
      synData.position(start);
      end(observed, channel, remote, -1, limited == null ? t : limited.told(t));
      throw t;
    }
    while (synData.hasRemaining() && channel.isBlocking()) {
      channel.write(synData);
    }
    return connected;
  }

  /** Connects with SYN data if possible, else by the JDK, with its own exceptions. */
  private boolean connectWithSome(
      SocketChannel channel, SocketAddress remote, ByteBuffer synData, long timeout)
      throws IOException {
    NativeTcp tcp = access.tcp();
    JdkChannels jdk = access.channels();
    if (tcp == null
        || jdk == null
        || !isTcpChannel(jdk, channel)
        || !(remote instanceof InetSocketAddress destination)
        || !isOneHost(destination)
        || !suitsMode(tcp, channel)
        || cookies.isPlain(destination)) {
      FastOpenActivity.plain(whyPlain(tcp, jdk, channel, remote));
      return jdk == null ? channel.connect(remote) : jdk.connect(channel, remote);
    }
    if (!isPermitted(destination)) {
      FastOpenActivity.plain(PlainReason.EXCLUDED);
      return jdk.connect(channel, remote);
    }
    tellUse();
    pending.look(destination);
    if (lossDetector.admits(destination, timeout)) {
      boolean withoutCookie = cookies.isWithoutCookie(destination);
      return new ConnectAttempt(
              tcp, jdk, channel, destination, withoutCookie, lossDetector, pending)
          .connect(synData);
    }
    FastOpenActivity.plain(PlainReason.BACK_OFF);
    return lossDetector.isSuspected(destination)
        ? connectAsControl(tcp, jdk, channel, destination)
        : jdk.connect(channel, remote);
  }

  private void end(
      @Nullable ConnectObservation observed,
      SocketChannel channel,
      SocketAddress remote,
      int synData,
      @Nullable Throwable failure) {
    if (observed != null && remote instanceof InetSocketAddress destination) {
      observed.end(
          destination,
          synData,
          () -> channel.isConnected() ? outcome(channel) : FastOpenOutcome.UNKNOWN,
          failure);
    } else if (observed != null) {
      observed.detach();
    }
  }

  private PlainReason whyPlain(
      @Nullable NativeTcp tcp,
      @Nullable JdkChannels jdk,
      SocketChannel channel,
      SocketAddress remote) {
    if (tcp == null || jdk == null) {
      return PlainReason.OFF;
    }
    return !isTcpChannel(jdk, channel)
        ? PlainReason.FOREIGN_CHANNEL
        : remote instanceof InetSocketAddress destination
                && isOneHost(destination)
                && !cookies.isPlain(destination)
            ? PlainReason.MODE
            : PlainReason.EXCLUDED;
  }

  private void tellUse() {
    if (!isUsed) {
      isUsed = true;
      FastOpenActivity.use("connector", name);
    }
  }

  @Override
  public List<FastOpenStatistics.BackOff> backOff(int most) {
    return backOff.plainNow(most).stream()
        .map(each -> new FastOpenStatistics.BackOff(each.destination(), each.left()))
        .toList();
  }

  /** Connects plainly, and reports the result to the back-off. */
  private boolean connectAsControl(
      NativeTcp tcp, JdkChannels jdk, SocketChannel channel, InetSocketAddress destination)
      throws IOException {
    long start = lossDetector.now();
    PendingConnect watched =
        new PendingConnect(tcp, jdk, channel, destination, start, false, false);
    try {
      boolean connected = jdk.connect(channel, destination);
      if (connected) {
        lossDetector.plainAnswered(destination, start);
      } else {
        pending.add(watched);
      }
      return connected;
    } catch (IOException e) {
      lossDetector.plainFailed(destination, start, e);
      throw e;
    }
  }

  private static boolean isTcpChannel(JdkChannels jdk, SocketChannel channel) {
    return jdk.isJdk(channel) && !jdk.isUnix(channel);
  }

  /**
   * Whether a destination is one host. The JDK connects the wildcard to the local host, and refuses
   * the others.
   */
  static boolean isOneHost(InetSocketAddress destination) {
    return !destination.isUnresolved()
        && !destination.getAddress().isAnyLocalAddress()
        && !destination.getAddress().isMulticastAddress();
  }

  /** An interrupt must close a blocking channel; a non-blocking one cannot wait for a system. */
  private static boolean suitsMode(NativeTcp tcp, SocketChannel channel) {
    return channel.isBlocking()
        ? !Thread.currentThread().isInterrupted()
        : tcp.overlapped().isEmpty();
  }

  /**
   * Whether a security manager, as JDK 17 has, lets the program connect. If not, the JDK throws.
   */
  @SuppressWarnings("removal")
  private static boolean isPermitted(InetSocketAddress destination) {
    SecurityManager manager = System.getSecurityManager();
    if (manager != null) {
      try {
        manager.checkConnect(destination.getAddress().getHostAddress(), destination.getPort());
      } catch (SecurityException e) {
        return false;
      }
    }
    return true;
  }

  @Override
  public FastOpenOutcome outcome(SocketChannel channel) throws IOException {
    OutcomeReader reader = NativeTcp::connectOutcome;
    return reader.of(channel, access, FastOpenOutcome.NOT_ATTEMPTED);
  }

  @Override
  public Optional<SocketOpener> deferring(
      Predicate<? super InetSocketAddress> which, boolean trustsCookies) {
    NativeTcp tcp = access.tcp();
    JdkSockets jdk = access.sockets();
    if (tcp == null || jdk == null || !DeferringSocketClass.isAvailable()) {
      return Optional.empty();
    }
    FastOpenActivity.use("sockets", name);
    return Optional.of(
        new DeferringSockets(
            name,
            jdk,
            tcp,
            SocketDeferral.of(jdk, tcp),
            lossDetector,
            learned,
            cookies.restrict(which),
            cookies.withoutCookie(),
            trustsCookies));
  }

  @Override
  public boolean systemDefers() {
    NativeTcp tcp = access.tcp();
    return tcp != null && tcp.deferral().isPresent();
  }

  /**
   * Creates the setup of channels whose connects the kernel defers; they learn with the sockets.
   */
  DeferringConnects.Setup channels(
      NativeTcp tcp,
      KernelDeferral deferral,
      Predicate<InetSocketAddress> which,
      Duration firstWrite) {
    return new DeferringConnects.Setup(
        name,
        tcp,
        deferral,
        lossDetector,
        learned.known(),
        learned.serverFirst(),
        cookies,
        which,
        firstWrite);
  }

  @Override
  public FastOpenOutcome outcome(Socket socket) throws IOException {
    if (socket.isClosed()) {
      throw new ClosedChannelException();
    }
    if (!socket.isConnected()) {
      throw new NotYetConnectedException();
    }
    NativeTcp tcp = access.tcp();
    JdkSockets jdk = access.sockets();
    if (tcp == null || jdk == null) {
      return FastOpenOutcome.NOT_ATTEMPTED;
    }
    SocketImpl nio = jdk.nioBehind(socket);
    if (nio == null) {
      throw new IllegalArgumentException("not a socket of the JDK's own: " + socket);
    }
    if (DeferringSockets.isWaiting(jdk, socket)) {
      throw new NotYetConnectedException();
    }
    return jdk.withDescriptor(
            nio, fd -> Optional.of(tcp.connectOutcome(fd)), Optional.<FastOpenOutcome>empty())
        .orElseThrow(ClosedChannelException::new);
  }
}
