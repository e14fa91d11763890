package io.tfo.jna;

import io.tfo.FastOpenOutcome;
import io.tfo.jna.KernelDeferral.Stage;
import io.tfo.spi.SocketChannelOpener;
import java.io.IOException;
import java.lang.ref.WeakReference;
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
 * Channels whose connects are deferred, where that is wanted and no SYN was lost of late. Native
 * calls are made under the lock under which the JDK closes the descriptor.
 */
final class DeferringChannelFactory implements SocketChannelOpener {
  private final SelectorProvider provider;
  private final JdkChannels jdk;
  private final NativeTcp tcp;
  private final KernelDeferral deferral;
  private final BackOff backOff;
  private final SynLossDetector watch;
  private final Predicate<InetSocketAddress> which;
  private final FirstWriteTimer silence;

  // Once, and not for each channel.
  private final BiPredicate<SocketChannel, SocketAddress> defer = this::defer;
  private final BiFunction<SocketChannel, SocketAddress, BooleanSupplier> deferred = this::deferred;
  private final Consumer<SocketChannel> closing = this::closing;

  DeferringChannelFactory(
      SelectorProvider provider,
      JdkChannels jdk,
      NativeTcp tcp,
      KernelDeferral deferral,
      BackOff backOff,
      Predicate<InetSocketAddress> which,
      Duration silence) {
    this.provider = provider;
    this.jdk = jdk;
    this.tcp = tcp;
    this.deferral = deferral;
    this.backOff = backOff;
    this.watch = new SynLossDetector(backOff);
    this.which = which;
    this.silence = new FirstWriteTimer(silence, this::sendSyn);
  }

  @Override
  public SocketChannel open(@Nullable ProtocolFamily family) throws IOException {
    return family == StandardProtocolFamily.UNIX
        ? provider.openSocketChannel(family)
        : DeferringChannelClass.open(provider, family, defer, deferred, closing);
  }

  /**
   * Has the connect that follows deferred. Not in blocking mode: there a read before the first
   * write would wait for ever, and a signal during that write have it sent twice. And not where the
   * JDK refuses the address: what was asked for here would hold for the next connect.
   */
  private boolean defer(SocketChannel channel, SocketAddress remote) {
    if (channel.isBlocking()
        || !(remote instanceof InetSocketAddress address)
        || address.isUnresolved()
        || !(jdk.isIpv6(channel) || address.getAddress() instanceof Inet4Address)
        || !which.test(address)
        || !backOff.admits(address)) {
      return false;
    }
    synchronized (jdk.stateLock(channel)) {
      return jdk.isUnconnected(channel) && deferral.defer(jdk.fd(channel));
    }
  }

  /** The kernel has deferred a connect: it is not to wait for ever, and is to be answered. */
  private BooleanSupplier deferred(SocketChannel channel, SocketAddress remote) {
    silence.begin(channel);
    InetSocketAddress destination = (InetSocketAddress) remote;
    if (watch.isDue(destination, backOff.now())) {
      var watched = new WeakReference<>(channel);
      DaemonTimer.run(() -> look(watched.get(), destination), SynLossDetector.BEFORE_SYN_TIMEOUT);
    }
    return () -> sendSyn(channel);
  }

  /** A short connection is closed before that look: it may have tried a destination again. */
  private void closing(SocketChannel channel) {
    if (jdk.remoteAddress().get(channel) instanceof InetSocketAddress destination
        && backOff.remembers(destination)
        && outcome(channel) == FastOpenOutcome.SYN_DATA_ACKED) {
      backOff.answered(destination);
    }
  }

  /** Sends the SYN without data if it still waits for a write; whether there is a connection. */
  private boolean sendSyn(SocketChannel channel) {
    synchronized (jdk.stateLock(channel)) {
      if (stage(channel) == Stage.WAITING) {
        deferral.sendEmptySyn(jdk.fd(channel));
      }
      Stage now = stage(channel);
      return now == Stage.PENDING || now == Stage.CONNECTED;
    }
  }

  /** Where this thread is late, the answer may be one to the second SYN. */
  private void look(@Nullable SocketChannel channel, InetSocketAddress destination) {
    if (channel == null) {
      return;
    }
    synchronized (jdk.stateLock(channel)) {
      Stage now = stage(channel);
      FastOpenOutcome outcome = now == Stage.CONNECTED ? outcome(channel) : FastOpenOutcome.UNKNOWN;
      if (now == Stage.PENDING || outcome == FastOpenOutcome.SYN_RETRANSMITTED) {
        backOff.lost(destination);
      } else if (outcome == FastOpenOutcome.SYN_DATA_ACKED) {
        backOff.answered(destination);
      }
    }
  }

  private FastOpenOutcome outcome(SocketChannel channel) {
    try {
      return tcp.connectOutcome(jdk.fd(channel));
    } catch (IOException e) {
      return FastOpenOutcome.UNKNOWN;
    }
  }

  private Stage stage(SocketChannel channel) {
    synchronized (jdk.stateLock(channel)) {
      return channel.isOpen() ? deferral.stage(jdk.fd(channel)) : Stage.FAILED;
    }
  }
}
