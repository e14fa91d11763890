package io.tfo.integration.nio;

import io.tfo.spi.SocketChannelOpener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** A client's channel, which is the subject; its server; and a selector. */
final class ChannelPair implements AutoCloseable {
  private static final int MOST_MILLIS = 10_000;

  final SocketChannel channel;
  final Selector selector = Selector.open();
  private final ServerSocketChannel listening = ServerSocketChannel.open();
  private final CompletableFuture<SocketChannel> accepted = new CompletableFuture<>();

  /** Opened with the others, on the thread that is on their host. */
  private final SocketChannel later = SocketChannel.open();

  private boolean connected;

  /** The server is one that was connected to before, and whose cookie the kernel has. */
  ChannelPair(SocketChannelOpener opener) throws IOException {
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    try (SocketChannel before = opener.open(null)) {
      before.configureBlocking(false);
      before.connect(address());
      finishConnect(before);
      before.write(ByteBuffer.wrap(new byte[] {'k'}));
      try (SocketChannel acceptedBefore = listening.accept()) {
        acceptedBefore.read(ByteBuffer.allocate(1));
      }
    }
    channel = opener.open(null);
    channel.configureBlocking(false);
    Thread acceptor = new Thread(this::accept, "accept");
    acceptor.setDaemon(true);
    acceptor.start();
  }

  private void accept() {
    try {
      accepted.complete(listening.accept());
    } catch (IOException e) {
      accepted.completeExceptionally(e);
    }
  }

  InetSocketAddress address() throws IOException {
    return (InetSocketAddress) listening.getLocalAddress();
  }

  /** The server's side of the connection. */
  SocketChannel peer() throws Exception {
    try {
      return accepted.get(MOST_MILLIS, TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  /**
   * Says whether the server sees the channel. Connections are accepted in their order: where one
   * that is made now is the first, the channel made none, and nobody waits to see none.
   */
  boolean isSeen() throws Exception {
    if (connected) {
      return true;
    }
    later.connect(address());
    return !peer().getRemoteAddress().equals(later.getLocalAddress());
  }

  void finishConnect(SocketChannel pending) throws IOException {
    try (Selector connecting = Selector.open()) {
      pending.register(connecting, SelectionKey.OP_CONNECT);
      if (connecting.select(MOST_MILLIS) != 1 || !pending.finishConnect()) {
        throw new IOException("not connected after " + MOST_MILLIS + " ms");
      }
      connected |= pending == channel;
    }
  }

  /** Waits for one of the operations, and tells which are ready. */
  String select(int operations) throws IOException {
    SelectionKey key = channel.register(selector, operations);
    int ready = selector.select(MOST_MILLIS);
    Set<SelectionKey> selected = selector.selectedKeys();
    String text = ready + " ready: " + key.readyOps() + ", selected " + selected.size();
    selected.clear();
    key.cancel();
    selector.selectNow();
    return text;
  }

  /** Reads one byte more, or the end. */
  int read() throws IOException {
    ByteBuffer one = ByteBuffer.allocate(1);
    if (!channel.isBlocking()) {
      select(SelectionKey.OP_READ);
    }
    int length = channel.read(one);
    return length > 0 ? one.get(0) : length;
  }

  void write(int b) throws IOException {
    ByteBuffer one = ByteBuffer.wrap(new byte[] {(byte) b});
    while (channel.write(one) == 0) {
      select(SelectionKey.OP_WRITE);
    }
  }

  void peerReads() throws Exception {
    if (peer().read(ByteBuffer.allocate(1)) < 0) {
      throw new AssertionError("the peer read no byte");
    }
  }

  /** Replaces what differs from one connection to the next. */
  String normal(Object value) throws IOException {
    String text = String.valueOf(value).replaceAll(":" + address().getPort() + "\\b", ":SERVER");
    return text.replaceAll(":[1-9]\\d{3,}\\b", ":LOCAL");
  }

  @Override
  public void close() throws IOException {
    listening.close();
    selector.close();
    channel.close();
    later.close();
    accepted.thenAccept(ChannelPair::closeQuietly);
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (ClosedChannelException e) {
      // It is not used any more.
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
