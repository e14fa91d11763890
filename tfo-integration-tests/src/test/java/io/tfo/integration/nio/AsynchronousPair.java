package io.tfo.integration.nio;

import io.tfo.spi.AsynchronousChannelOpener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.Channels;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A client's asynchronous channel, which is the subject, and its server. */
final class AsynchronousPair implements AutoCloseable {
  private static final int MOST_SECONDS = 10;

  final AsynchronousSocketChannel channel;

  /** A read that was begun before the call. */
  boolean isReading;

  Future<Integer> pending = CompletableFuture.completedFuture(0);

  private final @Nullable AsynchronousChannelGroup group;
  private final ServerSocketChannel listening = ServerSocketChannel.open();
  private final CompletableFuture<SocketChannel> accepted = new CompletableFuture<>();

  /**
   * The server is one that was connected to before, and whose cookie the kernel has.
   *
   * @param opener opens the channel that is tried
   * @param threads how many threads the group has; 0 for the default group
   */
  AsynchronousPair(AsynchronousChannelOpener opener, int threads) throws Exception {
    group =
        threads == 0
            ? null
            : AsynchronousChannelGroup.withFixedThreadPool(
                threads, Executors.defaultThreadFactory());
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    try (AsynchronousSocketChannel before = opener.open(null)) {
      get(before.connect(address()));
      get(before.write(ByteBuffer.wrap(new byte[] {'k'})));
      try (SocketChannel acceptedBefore = listening.accept()) {
        acceptedBefore.read(ByteBuffer.allocate(1));
      }
    }
    channel = opener.open(group);
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
    return get(accepted);
  }

  void connect() throws Exception {
    get(channel.connect(address()));
  }

  void write(int b) throws Exception {
    get(channel.write(ByteBuffer.wrap(new byte[] {(byte) b})));
  }

  /** Reads one byte more, or the end. */
  int read() throws Exception {
    ByteBuffer one = ByteBuffer.allocate(1);
    int length = get(channel.read(one));
    return length > 0 ? one.get(0) : length;
  }

  void peerReads() throws Exception {
    if (peer().read(ByteBuffer.allocate(1)) < 0) {
      throw new AssertionError("the peer read no byte");
    }
  }

  void peerWrites() throws Exception {
    int unused = peer().write(ByteBuffer.wrap(new byte[] {'p'}));
  }

  String peerReadsAll() throws Exception {
    return Arrays.toString(Channels.newInputStream(peer()).readAllBytes());
  }

  static <T> T get(Future<T> future) throws Exception {
    try {
      return future.get(MOST_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  /** What a handler is told. */
  static final class Result<T> extends CompletableFuture<String>
      implements CompletionHandler<T, String> {
    @Override
    public void completed(T result, String attachment) {
      complete(result + " " + attachment);
    }

    @Override
    public void failed(Throwable failure, String attachment) {
      complete(failure + " " + attachment);
    }
  }

  /** Replaces what differs from one connection to the next. */
  String normal(Object value) throws IOException {
    String text = String.valueOf(value).replaceAll(":" + address().getPort() + "\\b", ":SERVER");
    return text.replaceAll(":[1-9]\\d{3,}\\b", ":LOCAL").replaceAll("@[0-9a-f]+", "");
  }

  @Override
  public void close() throws IOException {
    listening.close();
    channel.close();
    accepted.thenAccept(AsynchronousPair::closeQuietly);
    if (group != null) {
      group.shutdownNow();
      awaitEnd(group);
    }
  }

  private static void awaitEnd(AsynchronousChannelGroup group) {
    try {
      if (!group.awaitTermination(MOST_SECONDS, TimeUnit.SECONDS)) {
        throw new AssertionError("the group does not end");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
