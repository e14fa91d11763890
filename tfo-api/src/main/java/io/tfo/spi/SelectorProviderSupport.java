package io.tfo.spi;

import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What a {@link FastOpenBackend} may implement besides, for {@link
 * io.tfo.nio.FastOpenSelectorProvider}: channels that use TCP Fast Open by themselves, whoever
 * connects them.
 *
 * <p>The provider asks for these where NIO channels are opened, so none of the methods may need
 * more of NIO than it is given.
 */
public interface SelectorProviderSupport {
  /**
   * The JDK's own provider, whose class is not exported. Called while the process's provider is
   * being made, when no channel can be opened yet; also on a foreign system, where this alone may
   * load native code.
   *
   * @return what {@link SelectorProvider#provider()} would return were nothing configured
   * @throws IllegalAccessException if the JDK does not let this backend in, or the backend does not
   *     work at all; the message is the reason
   */
  SelectorProvider jdkProvider() throws IllegalAccessException;

  /**
   * Channels of the JDK whose non-blocking connect waits, where the system has a cookie, for the
   * first write, and then carries it in the SYN.
   *
   * <p>Such a connect returns true at once, before there is any connection. Where nothing is
   * written for a while, the SYN goes out without data.
   *
   * @param provider the JDK's provider, which the channels belong to
   * @param which the destinations; connects to others, and those in blocking mode, are the JDK's
   * @param firstWrite how long the SYN waits for a first write
   * @return empty where the system has no deferred connect, or the JDK does not let us in
   */
  Optional<SocketChannelOpener> deferring(
      SelectorProvider provider, Predicate<InetSocketAddress> which, Duration firstWrite);

  /**
   * Has a channel accept TCP Fast Open from when it listens, as far as the system lets it.
   *
   * @param channel a channel that was just opened
   * @param fastOpenBacklog as in {@link io.tfo.FastOpenListener}; more than 0
   */
  void acceptFastOpen(ServerSocketChannel channel, int fastOpenBacklog);
}
