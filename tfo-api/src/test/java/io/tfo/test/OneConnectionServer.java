package io.tfo.test;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A server on loopback that accepts one connection, and reads it to the end of the stream. */
public final class OneConnectionServer implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final CompletableFuture<byte[]> received = new CompletableFuture<>();

  public OneConnectionServer() throws IOException {
    listener = ServerSocketChannel.open().bind(new InetSocketAddress(loopback(), 0));
    Thread reader = new Thread(this::readOne, "one-connection-server");
    reader.setDaemon(true);
    reader.start();
  }

  public static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }

  public InetSocketAddress address() throws IOException {
    return (InetSocketAddress) listener.getLocalAddress();
  }

  /** Waits for the end of the stream, and returns all that the client sent. */
  public byte[] received() throws Exception {
    return received.get(20, TimeUnit.SECONDS);
  }

  private void readOne() {
    try (SocketChannel channel = listener.accept()) {
      received.complete(Channels.newInputStream(channel).readAllBytes());
    } catch (IOException e) {
      received.completeExceptionally(e);
    }
  }

  /** Returns an address on loopback that refuses connects, and that no other socket can get. */
  public static InetSocketAddress refusing() throws IOException {
    return (InetSocketAddress) Refusing.BOUND.getLocalAddress();
  }

  /** Returns bytes that differ from their neighbours and from 0. */
  public static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (1 + i % 251);
    }
    return bytes;
  }

  /** Returns a heap buffer with {@link #bytes}. */
  public static ByteBuffer buffer(int size) {
    return ByteBuffer.wrap(bytes(size));
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  /** Remains bound while the JVM runs: the system could give a free port to the client itself. */
  private static final class Refusing {
    static final SocketChannel BOUND = bind();

    private static SocketChannel bind() {
      try {
        return SocketChannel.open().bind(new InetSocketAddress(loopback(), 0));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
