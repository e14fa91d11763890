package io.tfo.jna;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A server on loopback which reads one connection to its end. */
final class Peer implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final CompletableFuture<byte[]> received = new CompletableFuture<>();

  Peer() throws IOException {
    listener = ServerSocketChannel.open().bind(new InetSocketAddress(loopback(), 0));
    Thread reader = new Thread(this::readOne, "peer");
    reader.setDaemon(true);
    reader.start();
  }

  static InetAddress loopback() {
    return InetAddress.getLoopbackAddress();
  }

  InetSocketAddress address() throws IOException {
    return (InetSocketAddress) listener.getLocalAddress();
  }

  /** What the client sent until it ended its stream. */
  byte[] received() throws Exception {
    return received.get(20, TimeUnit.SECONDS);
  }

  private void readOne() {
    try (SocketChannel channel = listener.accept()) {
      received.complete(Channels.newInputStream(channel).readAllBytes());
    } catch (IOException e) {
      received.completeExceptionally(e);
    }
  }

  /** An address of loopback where nobody listens. */
  static InetSocketAddress refusing() throws IOException {
    try (ServerSocketChannel gone = ServerSocketChannel.open()) {
      return (InetSocketAddress) gone.bind(new InetSocketAddress(loopback(), 0)).getLocalAddress();
    }
  }

  /** Bytes that differ from their neighbours and from 0. */
  static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (1 + i % 251);
    }
    return bytes;
  }

  static ByteBuffer buffer(int size) {
    return ByteBuffer.wrap(bytes(size));
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
