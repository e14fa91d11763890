package io.tfo.integration.programs;

import io.tfo.nio.FastOpenAsynchronousChannelProvider;
import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;

/** The same as {@link SwitchedProvider} for asynchronous channels. */
public final class SwitchedAsynchronousProvider extends AsynchronousChannelProvider {
  private final AsynchronousChannelProvider fast = new FastOpenAsynchronousChannelProvider();
  private final AsynchronousChannelProvider plain;

  /** Created by the JDK. */
  public SwitchedAsynchronousProvider() throws IOException {
    try (AsynchronousServerSocketChannel jdks = fast.openAsynchronousServerSocketChannel(null)) {
      plain = jdks.provider();
    }
  }

  private AsynchronousChannelProvider current() {
    return SwitchedProvider.isPlain() ? plain : fast;
  }

  @Override
  public AsynchronousChannelGroup openAsynchronousChannelGroup(int threads, ThreadFactory factory)
      throws IOException {
    return current().openAsynchronousChannelGroup(threads, factory);
  }

  @Override
  public AsynchronousChannelGroup openAsynchronousChannelGroup(
      ExecutorService executor, int initialSize) throws IOException {
    return current().openAsynchronousChannelGroup(executor, initialSize);
  }

  @Override
  public AsynchronousServerSocketChannel openAsynchronousServerSocketChannel(
      AsynchronousChannelGroup group) throws IOException {
    return current().openAsynchronousServerSocketChannel(group);
  }

  @Override
  public AsynchronousSocketChannel openAsynchronousSocketChannel(AsynchronousChannelGroup group)
      throws IOException {
    return current().openAsynchronousSocketChannel(group);
  }
}
