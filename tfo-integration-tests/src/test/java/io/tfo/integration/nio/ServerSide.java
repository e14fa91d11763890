package io.tfo.integration.nio;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channel;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/** The server of a channel that is tried: it accepts one connection. */
@SuppressWarnings("try") // a client is closed, and not used
final class ServerSide implements AutoCloseable {
  private static final int MOST_SECONDS = 10;

  private final ServerSocketChannel listening;
  private final CompletableFuture<SocketChannel> accepted = new CompletableFuture<>();

  /** Connects a channel, and writes one byte. */
  interface Client {
    Channel connect(InetSocketAddress server) throws Exception;
  }

  /**
   * Creates a server to which a client has connected before, so that the kernel has its cookie.
   *
   * @param listening its listener, which is closed with it
   * @param before connects to it before
   */
  ServerSide(ServerSocketChannel listening, Client before) throws Exception {
    this.listening = listening;
    try (Channel client = before.connect(address());
        SocketChannel acceptedBefore = listening.accept()) {
      acceptedBefore.read(ByteBuffer.allocate(1));
    }
  }

  /** Opens a listener on this thread's host. */
  static ServerSocketChannel listen(InetAddress address) throws IOException {
    return ServerSocketChannel.open().bind(new InetSocketAddress(address, 0));
  }

  /**
   * Returns an address at which no server listens. The kernel does not choose its port for a
   * client: a connect from the same port would reach itself.
   */
  static InetSocketAddress refusing() {
    return new InetSocketAddress("127.0.0.2", 1);
  }

  /** Accepts the connection that is made next, on a thread of its own. */
  void start() {
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
    try {
      return accepted.get(MOST_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  /** Says whether the server has ended its side of the connection. */
  boolean hasEnded() {
    SocketChannel peer = accepted.getNow(null);
    return peer != null && (!peer.isOpen() || peer.socket().isOutputShutdown());
  }

  void reads() throws Exception {
    if (peer().read(ByteBuffer.allocate(1)) < 0) {
      throw new AssertionError("the peer read no byte");
    }
  }

  void writes() throws Exception {
    int unused = peer().write(ByteBuffer.wrap(new byte[] {'p'}));
  }

  String readsAll() throws Exception {
    return Arrays.toString(Channels.newInputStream(peer()).readAllBytes());
  }

  /** Replaces what differs from one connection to the next. */
  String normal(Object value) throws IOException {
    String text = String.valueOf(value).replaceAll(":" + address().getPort() + "\\b", ":SERVER");
    return text.replaceAll(":[1-9]\\d{3,}\\b", ":LOCAL");
  }

  @Override
  public void close() throws IOException {
    listening.close();
    accepted.thenAccept(ServerSide::closeQuietly);
  }

  private static void closeQuietly(SocketChannel channel) {
    try {
      channel.close();
    } catch (IOException e) {
      // It is not used any more.
    }
  }
}
