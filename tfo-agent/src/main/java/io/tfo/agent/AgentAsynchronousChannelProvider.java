package io.tfo.agent;

import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/**
 * The provider of asynchronous channels that the JDK finds by its name on the system class path:
 * that of the agent's copy of the library.
 */
public final class AgentAsynchronousChannelProvider extends AsynchronousChannelProvider {
  private final AsynchronousChannelProvider provider;

  /**
   * Creates the provider. The JDK calls this when the first asynchronous channel or group is
   * opened.
   *
   * @throws ReflectiveOperationException if the agent was not started
   */
  public AgentAsynchronousChannelProvider() throws ReflectiveOperationException {
    provider = TfoAgent.asynchronousChannelProvider();
  }

  @Override
  public AsynchronousChannelGroup openAsynchronousChannelGroup(
      int threads, ThreadFactory threadFactory) throws IOException {
    return provider.openAsynchronousChannelGroup(threads, threadFactory);
  }

  @Override
  public AsynchronousChannelGroup openAsynchronousChannelGroup(
      ExecutorService executor, int initialSize) throws IOException {
    return provider.openAsynchronousChannelGroup(executor, initialSize);
  }

  @Override
  public AsynchronousServerSocketChannel openAsynchronousServerSocketChannel(
      @Nullable AsynchronousChannelGroup group) throws IOException {
    return provider.openAsynchronousServerSocketChannel(group);
  }

  @Override
  public AsynchronousSocketChannel openAsynchronousSocketChannel(
      @Nullable AsynchronousChannelGroup group) throws IOException {
    return provider.openAsynchronousSocketChannel(group);
  }

  /** Returns the text of the library's provider. */
  @Override
  public String toString() {
    return provider.toString();
  }
}
