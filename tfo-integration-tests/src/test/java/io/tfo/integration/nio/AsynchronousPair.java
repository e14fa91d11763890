package io.tfo.integration.nio;

import io.tfo.spi.AsynchronousChannelOpener;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
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

  final ServerSide server;
  private final @Nullable AsynchronousChannelGroup group;

  /**
   * Creates a pair whose client has connected to the server before, so that the kernel has the
   * server's cookie.
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
    server =
        new ServerSide(
            ServerSide.listen(InetAddress.getLoopbackAddress()),
            address -> {
              AsynchronousSocketChannel before = opener.open(null);
              get(before.connect(address));
              get(before.write(ByteBuffer.wrap(new byte[] {'k'})));
              return before;
            });
    channel = opener.open(group);
    server.start();
  }

  void connect() throws Exception {
    get(channel.connect(server.address()));
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

  @Override
  public void close() throws IOException {
    channel.close();
    server.close();
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
}
