package io.tfo.jna;

import io.tfo.spi.SocketChannelOpener;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Opens channels whose connects the kernel defers to the first write. A connect is deferred in
 * non-blocking mode, to the destinations that are asked for, except where a SYN was lost.
 */
final class DeferringChannelFactory implements SocketChannelOpener {
  private final SelectorProvider provider;
  private final DeferredConnects connects;
  private final SynLossDetector lossDetector;
  private final Predicate<InetSocketAddress> which;
  private final FirstWriteTimer<SocketChannel> firstWriteTimer;

  // Created once, not for each channel.
  private final BiPredicate<SocketChannel, SocketAddress> defer = this::defer;
  private final BiFunction<SocketChannel, SocketAddress, BooleanSupplier> deferred = this::deferred;
  private final Consumer<SocketChannel> closing = this::closing;

  /**
   * Creates a factory.
   *
   * @param which the destinations whose connects are deferred
   * @param firstWrite how long a SYN waits for the first write, before it is sent without data
   */
  DeferringChannelFactory(
      SelectorProvider provider,
      JdkChannels jdk,
      NativeTcp tcp,
      KernelDeferral deferral,
      BackOff backOff,
      Predicate<InetSocketAddress> which,
      Duration firstWrite) {
    this.provider = provider;
    this.connects = new DeferredConnects(jdk, tcp, deferral);
    this.lossDetector = new SynLossDetector(backOff);
    this.which = which;
    this.firstWriteTimer = new FirstWriteTimer<>(firstWrite, connects::sendSyn);
  }

  @Override
  public SocketChannel open(@Nullable ProtocolFamily family) throws IOException {
    return family == StandardProtocolFamily.UNIX
        ? provider.openSocketChannel(family)
        : DeferringChannelClass.open(provider, family, defer, deferred, closing);
  }

  /**
   * Defers the connect that follows. Not in blocking mode: a read before the first write would wait
   * for ever, and a signal during that write would have it sent twice. Not to an address that the
   * JDK refuses: the deferral would then hold for the next connect.
   */
  private boolean defer(SocketChannel channel, SocketAddress remote) {
    return !channel.isBlocking()
        && remote instanceof InetSocketAddress destination
        && fitsFamily(channel, destination)
        && which.test(destination)
        && lossDetector.admits(destination)
        && connects.defer(channel);
  }

  private boolean fitsFamily(SocketChannel channel, InetSocketAddress destination) {
    return !destination.isUnresolved()
        && (connects.jdk().isIpv6(channel) || destination.getAddress() instanceof Inet4Address);
  }

  /** The kernel has deferred a connect. Returns what sends its SYN without data. */
  private BooleanSupplier deferred(SocketChannel channel, SocketAddress remote) {
    firstWriteTimer.begin(channel);
    lossDetector.deferred(connects, channel, (InetSocketAddress) remote);
    return () -> connects.sendSyn(channel);
  }

  private void closing(SocketChannel channel) {
    lossDetector.closing(connects, channel);
  }
}
