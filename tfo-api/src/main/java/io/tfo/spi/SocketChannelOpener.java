package io.tfo.spi;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;

/** Opens channels that work with the JDK's selectors, as the JDK's own channels do. */
public interface SocketChannelOpener {
  /**
   * Opens a channel, as {@link SelectorProvider#openSocketChannel(ProtocolFamily)} does.
   *
   * @param family the protocol family; null for the JDK's default
   * @return the channel, neither bound nor connected
   * @throws IOException as {@link SelectorProvider#openSocketChannel()} does
   */
  SocketChannel open(@Nullable ProtocolFamily family) throws IOException;
}
