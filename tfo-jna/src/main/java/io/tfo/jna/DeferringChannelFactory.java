package io.tfo.jna;

import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.backoff.BackOff;
import io.tfo.jdk.DeferringChannelClass;
import io.tfo.spi.ConnectObservation;
import io.tfo.spi.SocketChannelOpener;
import java.io.IOException;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Opens channels whose connects the kernel defers to the first write. A connect is deferred in
 * non-blocking mode, to the destinations that are asked for, except where {@link BackOff} does not
 * admit it.
 */
final class DeferringChannelFactory implements SocketChannelOpener {
  private final SelectorProvider provider;
  private final ChannelConnects connects;

  /** Created once, not for each channel. */
  private final BiFunction<SocketChannel, SocketAddress, @Nullable BiPredicate<String, Object>>
      begin = this::begin;

  DeferringChannelFactory(SelectorProvider provider, ChannelConnects connects) {
    this.provider = provider;
    this.connects = connects;
  }

  @Override
  public SocketChannel open(@Nullable ProtocolFamily family) throws IOException {
    return family == StandardProtocolFamily.UNIX
        ? provider.openSocketChannel(family)
        : DeferringChannelClass.open(provider, family, begin);
  }

  /**
   * Begins a connect. Leaves blocking mode to the JDK: a read before the first write would wait for
   * ever, and a signal during that write would cause its data to be sent twice. Leaves addresses
   * that the JDK refuses to the JDK: the deferral would otherwise apply to the next connect.
   */
  @Nullable BiPredicate<String, Object> begin(SocketChannel channel, SocketAddress remote) {
    if (!connects.jdk.isUnconnected(channel)
        || !(remote instanceof InetSocketAddress destination)
        || !fitsFamily(channel, destination)) {
      return null;
    }
    if (channel.isBlocking() || !connects.isWanted(destination)) {
      connects.plain(destination, channel.isBlocking() ? PlainReason.MODE : PlainReason.EXCLUDED);
      return null;
    }
    ConnectObservation observed = connects.observe();
    boolean deferred = connects.tryDefer(channel, destination);
    ChannelConnect connect = new ChannelConnect(connects, channel, destination, deferred);
    connects.observations.add(connect, observed);
    return connect;
  }

  private boolean fitsFamily(SocketChannel channel, InetSocketAddress destination) {
    return !destination.isUnresolved()
        && (connects.jdk.isIpv6(channel) || destination.getAddress() instanceof Inet4Address);
  }
}
