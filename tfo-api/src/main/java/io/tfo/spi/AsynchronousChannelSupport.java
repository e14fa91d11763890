package io.tfo.spi;

import java.net.InetSocketAddress;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * An optional interface of a {@link FastOpenBackend}, for {@link
 * io.tfo.nio.FastOpenAsynchronousChannelProvider}. It corresponds to {@link
 * SelectorProviderSupport} for NIO channels.
 *
 * <p>The provider calls these methods while asynchronous channels are opened. So an implementation
 * must not open asynchronous channels of the default provider.
 */
public interface AsynchronousChannelSupport {
  /**
   * Returns the JDK's own provider, whose class is not exported. The same holds as for {@link
   * SelectorProviderSupport#jdkProvider}.
   *
   * @return what {@link AsynchronousChannelProvider#provider()} returns if none is configured
   * @throws IllegalAccessException if the JDK denies access, or the backend does not work at all;
   *     the message is the reason
   */
  AsynchronousChannelProvider jdkAsynchronousProvider() throws IllegalAccessException;

  /**
   * Returns an opener of channels whose connects the kernel defers: if it has a cookie of the
   * server, and this process has connected to it before, the connect completes at once, and the SYN
   * waits for the first write and carries its data. If nothing is written within {@code
   * firstWriteWait}, the SYN is sent without data.
   *
   * @param provider the provider that the channels report as theirs
   * @param jdk the JDK's own provider, to open them
   * @param destinations the destinations to which connects are deferred; connects to others are the
   *     JDK's
   * @param firstWriteWait how long the SYN waits for the first write; the actual wait can be half
   *     as long again
   * @return the opener; empty if the system cannot defer a connect, or the JDK denies access
   */
  Optional<AsynchronousChannelOpener> deferringAsynchronousChannels(
      AsynchronousChannelProvider provider,
      AsynchronousChannelProvider jdk,
      Predicate<InetSocketAddress> destinations,
      Duration firstWriteWait);

  /**
   * Switches TCP Fast Open on for a channel that will listen, if the system allows it. Does nothing
   * otherwise.
   *
   * @param channel a channel that was just opened
   * @param fastOpenBacklog as in {@link io.tfo.FastOpenListener#bind}; greater than 0
   */
  void acceptFastOpen(AsynchronousServerSocketChannel channel, int fastOpenBacklog);
}
