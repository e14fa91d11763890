package io.tfo.integration.stress;

import io.tfo.FastOpenConnector;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** Makes one connection after the other, by each way to connect in turn. */
final class StressClient implements AutoCloseable {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final FastOpenConnector connector;
  private final VerifyingServer server;
  private final Selector selector;

  StressClient(FastOpenConnector connector, VerifyingServer server) throws IOException {
    this.connector = connector;
    this.server = server;
    this.selector = Selector.open();
  }

  /** Connects, sends the payload, and reads the server's answer. */
  void exchange(long id) throws IOException {
    try (SocketChannel channel = connect(id)) {
      readReply(channel, id);
    }
  }

  private SocketChannel connect(long id) throws IOException {
    InetSocketAddress to = server.address(id);
    ByteBuffer data = Payload.of(id, id % 3 == 0);
    int way = (int) (id / 16 % 4);
    if (way == 0) {
      return connector.open(to, data);
    }
    SocketChannel channel = SocketChannel.open();
    try {
      switch (way) {
        case 1 -> connector.connect(channel, to, data);
        case 2 -> connector.connect(channel, to, data, LONG);
        default -> select(channel, to, data);
      }
      return channel;
    } catch (Throwable t) {
      channel.close();
      throw t;
    }
  }

  private void select(SocketChannel channel, InetSocketAddress to, ByteBuffer data)
      throws IOException {
    channel.configureBlocking(false);
    if (!connector.connect(channel, to, data)) {
      SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
      while (!channel.finishConnect()) {
        selector.select();
        selector.selectedKeys().clear();
      }
      key.cancel();
      selector.selectNow();
    }
    channel.configureBlocking(true);
    while (data.hasRemaining()) {
      channel.write(data);
    }
  }

  static void readReply(SocketChannel channel, long id) throws IOException {
    ByteBuffer reply = ByteBuffer.allocate(Long.BYTES);
    while (reply.hasRemaining()) {
      if (channel.read(reply) < 0) {
        throw new IOException("no reply to connection " + id);
      }
    }
    if (reply.getLong(0) != ~id) {
      throw new IOException("connection " + id + " was answered as " + ~reply.getLong(0));
    }
  }

  @Override
  public void close() throws IOException {
    selector.close();
  }
}
