package io.tfo.testkit;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** Connects non-blocking channels and finishes the connect by a selector. */
public final class SelectorConnect {
  private SelectorConnect() {}

  /**
   * Waits until a pending channel is connectable, 20 seconds at most, and finishes its connect.
   *
   * @param selector the selector, with no other key that is ready
   * @param key the channel's key
   * @param channel a channel whose connect is pending
   * @throws AssertionError if it is not selected in time, or {@code finishConnect} returns false
   * @throws Exception if the connect fails
   */
  public static void finish(Selector selector, SelectionKey key, SocketChannel channel)
      throws Exception {
    key.interestOps(SelectionKey.OP_CONNECT);
    Expect.that(selector.select(20_000) == 1, "a pending channel is not selected for connecting");
    Expect.equal("isConnectable", true, key.isConnectable());
    selector.selectedKeys().clear();
    Expect.equal("finishConnect", true, channel.finishConnect());
  }

  /**
   * Connects a new non-blocking channel.
   *
   * @param s the backend
   * @param address the server's address
   * @param data the first bytes to send; some or all may be left
   * @return a connected, non-blocking channel
   * @throws Exception if the connect fails
   */
  static SocketChannel finished(TestedBackend s, InetSocketAddress address, ByteBuffer data)
      throws Exception {
    SocketChannel channel = SocketChannel.open();
    try (Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, 0);
      if (!s.connector().connect(channel, address, data)) {
        finish(selector, key, channel);
      }
    }
    return channel;
  }

  /**
   * Connects a new non-blocking channel, and writes the data that its SYN did not take.
   *
   * @param s the backend
   * @param address the server's address
   * @param data what to send; nothing is left
   * @return a connected, blocking channel
   * @throws Exception if the connect or the write fails
   */
  public static SocketChannel written(TestedBackend s, InetSocketAddress address, ByteBuffer data)
      throws Exception {
    SocketChannel channel = finished(s, address, data);
    channel.configureBlocking(true);
    while (data.hasRemaining()) {
      channel.write(data);
    }
    return channel;
  }
}
