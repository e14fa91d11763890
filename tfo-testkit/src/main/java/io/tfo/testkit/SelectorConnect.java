package io.tfo.testkit;

import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/** Connects of non-blocking channels, finished by a selector. */
public final class SelectorConnect {
  private SelectorConnect() {}

  public static void finish(Selector selector, SelectionKey key, SocketChannel channel)
      throws Exception {
    key.interestOps(SelectionKey.OP_CONNECT);
    Expect.that(selector.select(20_000) == 1, "a pending channel is not selected for connecting");
    Expect.equal("isConnectable", true, key.isConnectable());
    selector.selectedKeys().clear();
    Expect.equal("finishConnect", true, channel.finishConnect());
  }

  public static SocketChannel finished(Subject s, InetSocketAddress address, ByteBuffer data)
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

  public static SocketChannel written(Subject s, InetSocketAddress address, ByteBuffer data)
      throws Exception {
    SocketChannel channel = finished(s, address, data);
    channel.configureBlocking(true);
    while (data.hasRemaining()) {
      channel.write(data);
    }
    return channel;
  }
}
