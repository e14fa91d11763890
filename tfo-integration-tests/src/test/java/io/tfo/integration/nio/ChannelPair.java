package io.tfo.integration.nio;

import io.tfo.spi.SocketChannelOpener;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Set;

/** A client's channel, which is the subject; its server; and a selector. */
final class ChannelPair implements AutoCloseable {
  private static final int MOST_MILLIS = 10_000;

  final SocketChannel channel;
  final Selector selector = Selector.open();
  final ServerSide server;

  /** Opened with the others, on the thread that is on their host. */
  private final SocketChannel later = SocketChannel.open();

  private boolean connected;

  /**
   * Creates a pair that is not connected.
   *
   * @param opener opens the channel that is tried
   * @param listening the server's listener
   */
  ChannelPair(SocketChannelOpener opener, ServerSocketChannel listening) throws Exception {
    server =
        new ServerSide(
            listening,
            address -> {
              SocketChannel before = opener.open(null);
              before.configureBlocking(false);
              before.connect(address);
              finishConnect(before);
              before.write(ByteBuffer.wrap(new byte[] {'k'}));
              return before;
            });
    channel = opener.open(null);
    channel.configureBlocking(false);
    server.start();
  }

  /**
   * Says whether the server sees the channel. Connections are accepted in their order. So this
   * makes one more: if that is accepted first, the channel made none, and no time-out is needed to
   * know it.
   */
  boolean isSeen() throws Exception {
    if (connected) {
      return true;
    }
    later.connect(server.address());
    return !server.peer().getRemoteAddress().equals(later.getLocalAddress());
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

  /** Says whether a read would wait. One that does not wait may meet a close, or may not. */
  boolean readWaits() {
    return !channel.socket().isInputShutdown() && !server.hasEnded();
  }

  void write(int b) throws IOException {
    ByteBuffer one = ByteBuffer.wrap(new byte[] {(byte) b});
    while (channel.write(one) == 0) {
      select(SelectionKey.OP_WRITE);
    }
  }

  @Override
  public void close() throws IOException {
    selector.close();
    channel.close();
    later.close();
    server.close();
  }
}
