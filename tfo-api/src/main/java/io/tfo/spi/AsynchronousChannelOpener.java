package io.tfo.spi;

import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import org.jspecify.annotations.Nullable;

/** Opens asynchronous channels whose connects the kernel may defer. */
@FunctionalInterface
public interface AsynchronousChannelOpener {
  /**
   * Opens a channel.
   *
   * @param group a group of the JDK's; null for its default group
   * @return the channel
   * @throws IOException as {@link
   *     java.nio.channels.spi.AsynchronousChannelProvider#openAsynchronousSocketChannel}
   */
  AsynchronousSocketChannel open(@Nullable AsynchronousChannelGroup group) throws IOException;
}
