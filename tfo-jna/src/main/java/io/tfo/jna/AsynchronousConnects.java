package io.tfo.jna;

import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.jdk.JdkAsynchronousChannels;
import io.tfo.spi.ConnectObservation;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import org.jspecify.annotations.Nullable;

/** The state that asynchronous channels with deferred connects share. */
final class AsynchronousConnects extends DeferringConnects<AsynchronousSocketChannel> {
  final JdkAsynchronousChannels jdk;

  AsynchronousConnects(JdkAsynchronousChannels jdk, Setup setup) {
    super("asynchronous channels", setup);
    this.jdk = jdk;
  }

  /**
   * Opens a channel with deferred connects; if the JDK's classes have changed, a JDK channel.
   *
   * @param provider the provider that the channel reports as its own
   * @param jdkProvider the JDK's own
   * @param group the JDK's; null for its default group
   */
  AsynchronousSocketChannel open(
      AsynchronousChannelProvider provider,
      AsynchronousChannelProvider jdkProvider,
      @Nullable AsynchronousChannelGroup group)
      throws IOException {
    AsynchronousSocketChannel channel = jdk.open(jdkProvider, group);
    return channel == null
        ? jdkProvider.openAsynchronousSocketChannel(group)
        : new DeferringAsynchronousChannel(this, provider, channel);
  }

  /**
   * Begins a connect.
   *
   * @param hasOption whether the kernel defers it in any case, since an earlier connect should have
   *     been deferred and has not begun
   * @return null if the connect is left to the JDK
   */
  @Nullable AsynchronousConnect begin(
      AsynchronousSocketChannel channel, SocketAddress remote, boolean hasOption) {
    if (!jdk.isUnconnected(channel)
        || !(remote instanceof InetSocketAddress destination)
        || destination.isUnresolved()) {
      return null;
    }
    boolean isWanted = isWanted(destination);
    if (!isWanted && !hasOption) {
      plain(destination, PlainReason.EXCLUDED);
      return null;
    }
    ConnectObservation observed = observe();
    boolean deferred = isWanted && tryDefer(channel, destination);
    AsynchronousConnect connect =
        new AsynchronousConnect(this, channel, destination, deferred || hasOption, deferred);
    observations.add(connect, observed);
    return connect;
  }

  @Override
  boolean defer(AsynchronousSocketChannel channel, InetSocketAddress destination) {
    try {
      return jdk.withDescriptor(
          channel, fd -> jdk.isUnconnected(channel) && defer(fd, destination), false);
    } catch (IOException e) {
      return false;
    }
  }
}
