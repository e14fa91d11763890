package io.tfo.spi;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;

/** Opens channels that the JDK's selectors take for the JDK's own. */
public interface SocketChannelOpener {
  /**
   * Opens a channel.
   *
   * @param family the family, or null for the JDK's default
   * @return the channel, neither bound nor connected
   * @throws IOException as {@link SelectorProvider#openSocketChannel()} does
   */
  SocketChannel open(@Nullable ProtocolFamily family) throws IOException;
}
