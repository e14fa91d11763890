package io.tfo.spi;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * An optional interface of a {@link FastOpenBackend}, for {@link
 * io.tfo.nio.FastOpenSelectorProvider}: provides channels that use TCP Fast Open without calls to
 * this library.
 *
 * <p>The selector provider calls these methods while NIO channels are opened. So an implementation
 * must not open channels of the default provider.
 */
public interface SelectorProviderSupport {
  /**
   * Returns the JDK's own provider, whose class is not exported. Called while the provider of the
   * process is being created, when no channel can be opened yet. It is called on every platform,
   * and is the only method that may load native code on a platform that the backend does not
   * support.
   *
   * @return what {@link SelectorProvider#provider()} returns if none is configured
   * @throws IllegalAccessException if the JDK denies access, or the backend does not work at all;
   *     the message is the reason
   */
  SelectorProvider jdkProvider() throws IllegalAccessException;

  /**
   * Returns an opener of the JDK's channels whose non-blocking connects the kernel defers: if it
   * has a cookie of the server, and this process has connected to it before, the SYN waits for the
   * first write and carries its data.
   *
   * <p>A deferred connect is pending, and can be finished at once, before the connection exists. If
   * nothing is written within {@code firstWriteWait}, the SYN is sent without data.
   *
   * @param provider the JDK's provider, which the channels report as theirs
   * @param destinations the destinations to which connects are deferred; connects to others, and
   *     connects in blocking mode, are the JDK's
   * @param firstWriteWait how long the SYN waits for the first write; the actual wait can be half
   *     as long again
   * @return the opener; empty if the system cannot defer a connect, or the JDK denies access
   */
  Optional<SocketChannelOpener> deferringChannels(
      SelectorProvider provider,
      Predicate<InetSocketAddress> destinations,
      Duration firstWriteWait);

  /**
   * Opens a channel that will listen, with TCP Fast Open switched on if the system allows it; else
   * an ordinary channel of the JDK. The connections that it accepts are reported to {@link
   * AcceptObservation}, if that is possible.
   *
   * @param provider the JDK's provider, which the channel reports as its own
   * @param family the family, or null for the JDK's default
   * @param fastOpenBacklog as in {@link io.tfo.FastOpenListener#bind}; greater than 0
   * @return the channel
   * @throws IOException as {@link SelectorProvider#openServerSocketChannel()} does
   */
  ServerSocketChannel openListener(
      SelectorProvider provider, @Nullable ProtocolFamily family, int fastOpenBacklog)
      throws IOException;
}
