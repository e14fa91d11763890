package io.tfo.benchmarks;

import io.tfo.FastOpenConnector;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.function.LongConsumer;

/**
 * The JDK's blocking {@code SocketChannel}, connected by the code that is measured.
 *
 * @param connect opens a channel and sends the request
 */
record ChannelClient(Connect connect) implements BenchmarkClient {
  private static final int CHUNK = 64 * 1024;

  /** Opens a channel and sends the first bytes. */
  interface Connect {
    SocketChannel open(InetSocketAddress server, ByteBuffer first) throws IOException;
  }

  static BenchmarkClient plain() {
    return new ChannelClient(
        (server, first) -> {
          SocketChannel channel = SocketChannel.open(server);
          while (first.hasRemaining()) {
            channel.write(first);
          }
          return channel;
        });
  }

  static BenchmarkClient fastOpen() {
    return new ChannelClient(FastOpenConnector.system()::open);
  }

  static BenchmarkClient plainTimed() {
    return new ChannelClient(
        (server, first) -> {
          SocketChannel channel = openWithoutDelay();
          channel.socket().connect(server, (int) TIMEOUT.toMillis());
          while (first.hasRemaining()) {
            channel.write(first);
          }
          return channel;
        });
  }

  static BenchmarkClient fastOpenTimed() {
    FastOpenConnector connector = FastOpenConnector.system();
    return new ChannelClient(
        (server, first) -> {
          SocketChannel channel = openWithoutDelay();
          connector.connect(channel, server, first, TIMEOUT);
          return channel;
        });
  }

  private static SocketChannel openWithoutDelay() throws IOException {
    SocketChannel channel = SocketChannel.open();
    return channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
  }

  @Override
  public void exchange(InetSocketAddress server, int times, LongConsumer firstByte)
      throws IOException {
    ByteBuffer request = ByteBuffer.wrap(Message.request(0));
    ByteBuffer reply = ByteBuffer.allocate(Message.LENGTH);
    for (int i = 0; i < times; i++) {
      long start = System.nanoTime();
      try (SocketChannel channel = connect.open(server, request.rewind())) {
        reply.clear();
        readInto(channel, reply);
        firstByte.accept(System.nanoTime() - start);
        while (reply.hasRemaining()) {
          readInto(channel, reply);
        }
      }
    }
  }

  static void readInto(SocketChannel channel, ByteBuffer reply) throws IOException {
    if (channel.read(reply) < 0) {
      throw new EOFException("no reply");
    }
  }

  @Override
  public void stream(InetSocketAddress server, long bytes) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
    ByteBuffer reply = ByteBuffer.allocate(Message.LENGTH);
    try (SocketChannel channel = connect.open(server, ByteBuffer.wrap(Message.request(bytes)))) {
      long left = bytes;
      while (left > 0) {
        chunk.position(0).limit((int) Math.min(left, CHUNK));
        left -= channel.write(chunk);
      }
      while (reply.hasRemaining()) {
        readInto(channel, reply);
      }
    }
  }
}
