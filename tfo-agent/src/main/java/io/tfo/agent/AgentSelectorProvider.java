package io.tfo.agent;

import java.io.IOException;
import java.net.ProtocolFamily;
import java.nio.channels.Channel;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AbstractSelector;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;

/**
 * The selector provider that the JDK finds by its name on the system class path: that of the
 * agent's copy of the library.
 */
public final class AgentSelectorProvider extends SelectorProvider {
  private final SelectorProvider provider;

  /**
   * Creates the provider. The JDK calls this when the first channel or selector is opened.
   *
   * @throws ReflectiveOperationException if the agent was not started
   */
  public AgentSelectorProvider() throws ReflectiveOperationException {
    provider = TfoAgent.selectorProvider();
  }

  @Override
  public DatagramChannel openDatagramChannel() throws IOException {
    return provider.openDatagramChannel();
  }

  @Override
  public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
    return provider.openDatagramChannel(family);
  }

  @Override
  public Pipe openPipe() throws IOException {
    return provider.openPipe();
  }

  @Override
  public AbstractSelector openSelector() throws IOException {
    return provider.openSelector();
  }

  @Override
  public @Nullable Channel inheritedChannel() throws IOException {
    return provider.inheritedChannel();
  }

  @Override
  public SocketChannel openSocketChannel() throws IOException {
    return provider.openSocketChannel();
  }

  @Override
  public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
    return provider.openSocketChannel(family);
  }

  @Override
  public ServerSocketChannel openServerSocketChannel() throws IOException {
    return provider.openServerSocketChannel();
  }

  @Override
  public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
    return provider.openServerSocketChannel(family);
  }

  /** Returns the text of the library's provider. */
  @Override
  public String toString() {
    return provider.toString();
  }
}
