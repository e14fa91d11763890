package io.tfo.integration.programs;

import io.tfo.nio.FastOpenSelectorProvider;
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
 * The provider with TCP Fast Open, and the JDK's where a test says so: a program then runs on both
 * in one JVM, which is as warm for the one as for the other.
 */
public final class SwitchedProvider extends SelectorProvider {
  private static volatile boolean isPlain;

  private final SelectorProvider fast = new FastOpenSelectorProvider();
  private final SelectorProvider plain;

  /** Created by the JDK. */
  public SwitchedProvider() throws IOException {
    try (DatagramChannel jdks = fast.openDatagramChannel()) {
      plain = jdks.provider();
    }
  }

  /** Says whose channels are opened from now on. */
  static void plain(boolean plain) {
    isPlain = plain;
  }

  static boolean isPlain() {
    return isPlain;
  }

  private SelectorProvider current() {
    return isPlain ? plain : fast;
  }

  @Override
  public DatagramChannel openDatagramChannel() throws IOException {
    return current().openDatagramChannel();
  }

  @Override
  public DatagramChannel openDatagramChannel(ProtocolFamily family) throws IOException {
    return current().openDatagramChannel(family);
  }

  @Override
  public Pipe openPipe() throws IOException {
    return current().openPipe();
  }

  @Override
  public AbstractSelector openSelector() throws IOException {
    return current().openSelector();
  }

  @Override
  public @Nullable Channel inheritedChannel() throws IOException {
    return current().inheritedChannel();
  }

  @Override
  public SocketChannel openSocketChannel() throws IOException {
    return current().openSocketChannel();
  }

  @Override
  public SocketChannel openSocketChannel(ProtocolFamily family) throws IOException {
    return current().openSocketChannel(family);
  }

  @Override
  public ServerSocketChannel openServerSocketChannel() throws IOException {
    return current().openServerSocketChannel();
  }

  @Override
  public ServerSocketChannel openServerSocketChannel(ProtocolFamily family) throws IOException {
    return current().openServerSocketChannel(family);
  }
}
