package io.tfo.jna;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.spi.SocketSupport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketImpl;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The connector of every backend: a {@link ConnectAttempt} where a SYN with data can be sent, the
 * JDK's own connect everywhere else.
 */
final class ChannelConnector implements FastOpenConnector, SocketSupport {
  private static final int MOST_DESTINATIONS = 10_000;

  final NativeAccess access;
  private final BackOff backOff;
  private final SynLossDetector lossDetector;
  private final KnownDestinations known =
      new KnownDestinations(MOST_DESTINATIONS, Duration.ofDays(1));

  /** A server that speaks first may be replaced by one that does not. */
  private final KnownDestinations serverFirst =
      new KnownDestinations(MOST_DESTINATIONS, Duration.ofMinutes(10));

  ChannelConnector(NativeAccess access, BackOff backOff) {
    this.access = access;
    this.backOff = backOff;
    this.lossDetector = new SynLossDetector(backOff);
  }

  @Override
  public FastOpenCapability capability() {
    FastOpenCapability found = access.capability(NativeTcp::client);
    long plain = backOff.destinations();
    return plain == 0 || found.status() != FastOpenCapability.Status.AVAILABLE
        ? found
        : FastOpenCapability.available(
            "%s; plain for now where a SYN was lost: %d %s"
                .formatted(found.detail(), plain, plain == 1 ? "destination" : "destinations"));
  }

  /** Restores the data's position where the connect fails. */
  @Override
  public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException {
    int start = synData.position();
    boolean connected;
    try {
      ConnectAttempt attempt = attempt(channel, remote);
      connected = attempt == null ? channel.connect(remote) : attempt.connect(synData);
    } catch (Throwable t) {
      synData.position(start);
      throw t;
    }
    while (synData.hasRemaining() && channel.isBlocking()) {
      channel.write(synData);
    }
    return connected;
  }

  /** Returns null where the JDK's connect decides, with its own exceptions. */
  private @Nullable ConnectAttempt attempt(SocketChannel channel, SocketAddress remote) {
    NativeTcp tcp = access.tcp();
    JdkChannels jdk = JdkChannels.ACCESS;
    return tcp != null
            && jdk != null
            && isTcpChannel(jdk, channel)
            && remote instanceof InetSocketAddress destination
            && isOneHost(destination)
            && suitsMode(tcp, channel)
            && lossDetector.admits(destination)
        ? new ConnectAttempt(tcp, jdk, channel, destination, lossDetector)
        : null;
  }

  private static boolean isTcpChannel(JdkChannels jdk, SocketChannel channel) {
    return jdk.isJdk(channel) && !jdk.isUnix(channel);
  }

  /** The JDK connects the wildcard to the local host, and refuses the others. */
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

  @Override
  public FastOpenOutcome outcome(SocketChannel channel) throws IOException {
    OutcomeReader reader = NativeTcp::connectOutcome;
    return reader.of(channel, access, FastOpenOutcome.NOT_ATTEMPTED);
  }

  @Override
  public Optional<SocketOpener> deferring(Predicate<? super InetSocketAddress> which) {
    NativeTcp tcp = access.tcp();
    JdkSockets jdk = JdkSockets.ACCESS;
    return tcp == null || jdk == null || !DeferringSockets.isAvailable()
        ? Optional.empty()
        : Optional.of(
            new DeferringSockets(
                jdk, tcp, deferral(jdk, tcp), lossDetector, known, serverFirst, which));
  }

  private static SocketDeferral deferral(JdkSockets jdk, NativeTcp tcp) {
    KernelDeferral kernel = tcp.deferral().orElse(null);
    if (kernel != null) {
      return new SystemDeferral(jdk, kernel);
    }
    OverlappedConnect overlapped = tcp.overlapped().orElse(null);
    return overlapped == null
        ? new EmulatedDeferral(jdk, tcp)
        : new OverlappedDeferral(jdk, tcp, overlapped);
  }

  @Override
  public boolean systemDefers() {
    NativeTcp tcp = access.tcp();
    return tcp != null && tcp.deferral().isPresent();
  }

  /** What channels share whose connects the kernel defers; it learns with the sockets. */
  DeferredConnects deferredConnects(
      JdkChannels jdk, NativeTcp tcp, KernelDeferral deferral, Duration firstWrite) {
    return new DeferredConnects(jdk, tcp, deferral, lossDetector, known, serverFirst, firstWrite);
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
    JdkSockets jdk = JdkSockets.ACCESS;
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
