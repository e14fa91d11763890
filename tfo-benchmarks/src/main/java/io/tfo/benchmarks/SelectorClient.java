package io.tfo.benchmarks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.function.LongConsumer;

/** The JDK's non-blocking channel with a selector. */
final class SelectorClient implements BenchmarkClient {
  private final Selector selector;

  SelectorClient() {
    try {
      selector = Selector.open();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void exchange(InetSocketAddress server, int times, LongConsumer firstByte)
      throws IOException {
    ByteBuffer request = ByteBuffer.wrap(Message.request(0));
    ByteBuffer reply = ByteBuffer.allocate(Message.LENGTH);
    for (int i = 0; i < times; i++) {
      long start = System.nanoTime();
      try (SocketChannel channel = SocketChannel.open()) {
        channel.configureBlocking(false);
        SelectionKey key;
        if (channel.connect(server)) {
          key = channel.register(selector, 0);
        } else {
          key = channel.register(selector, SelectionKey.OP_CONNECT);
          await();
          channel.finishConnect();
        }
        channel.write(request.rewind());
        key.interestOps(SelectionKey.OP_READ);
        await();
        ChannelClient.readInto(channel, reply.clear());
        firstByte.accept(System.nanoTime() - start);
        while (reply.hasRemaining()) {
          await();
          ChannelClient.readInto(channel, reply);
        }
      }
    }
  }

  private void await() throws IOException {
    while (selector.select(ready -> {}) == 0) {}
  }

  @Override
  public void close() {
    try {
      selector.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
