package io.tfo.integration.socket;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;

/** A client's socket and, once it is connected, the server's; one of them is the subject. */
final class SocketPair implements AutoCloseable {
  /** Kept for later pairs, of which a table has thousands: a new thread costs more than most. */
  private static final ExecutorService PEERS =
      Executors.newCachedThreadPool(
          task -> {
            Thread thread = new Thread(task, "peer");
            thread.setDaemon(true);
            return thread;
          });

  private final ServerSocket listening;
  private final Socket client;
  private final Layer layer;
  private final boolean serverSide;
  private final CompletableFuture<Socket> accepted = new CompletableFuture<>();
  private volatile boolean closed;

  /** The layer over an accepted connection: TLS, or nothing. */
  interface Layer {
    Socket over(Socket accepted) throws IOException;
  }

  private SocketPair(
      SocketFactory clients,
      ServerSocketFactory servers,
      Layer layer,
      boolean serverSide,
      SocketFactory first)
      throws IOException {
    listening = servers.createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    if (first != null) { // without TLS: this thread is both sides
      try (Socket before = first.createSocket(InetAddress.getLoopbackAddress(), port())) {
        // The write connects, where the factory knows this port of a server in another lab.
        before.getOutputStream().write('k');
        try (Socket acceptedBefore = listening.accept()) {
          acceptedBefore.getInputStream().read();
        }
      }
    }
    client = clients.createSocket();
    this.layer = layer;
    this.serverSide = serverSide;
    PEERS.execute(this::accept);
  }

  /**
   * Brings a socket into a state.
   *
   * @param serverSide whether the accepted socket is looked at, not the client's
   * @param known whether a client has connected to the server before
   */
  static SocketPair in(
      SocketState state,
      SocketFactory clients,
      ServerSocketFactory servers,
      boolean serverSide,
      boolean known)
      throws Exception {
    return in(state, clients, servers, accepted -> accepted, serverSide, known ? clients : null);
  }

  /**
   * The same with a layer over the accepted connection.
   *
   * @param layer waits for what the client does, if it must: it has a thread of its own
   * @param first connects to the server before, so that it is known; null if none does
   */
  static SocketPair in(
      SocketState state,
      SocketFactory clients,
      ServerSocketFactory servers,
      Layer layer,
      boolean serverSide,
      SocketFactory first)
      throws Exception {
    SocketPair pair = new SocketPair(clients, servers, layer, serverSide, first);
    try {
      if (!serverSide) {
        state.prepare(pair.client);
      }
      if (state.hasPeer()) {
        pair.client.connect(pair.address(), 5000);
      }
      if (serverSide) {
        state.prepare(pair.subject());
      }
      state.reach(pair.subject(), pair);
      return pair;
    } catch (Throwable t) {
      pair.close();
      throw t;
    }
  }

  private void accept() {
    try {
      Socket plain = listening.accept();
      try {
        accepted.complete(layer.over(plain));
      } catch (IOException e) {
        plain.close();
        throw e;
      }
    } catch (IOException e) {
      accepted.completeExceptionally(e);
    }
  }

  private Socket accepted() throws Exception {
    try {
      return accepted.get(10, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw (Exception) e.getCause();
    }
  }

  Socket subject() throws Exception {
    return serverSide ? accepted() : client;
  }

  Socket peer() throws Exception {
    return serverSide ? client : accepted();
  }

  private int port() {
    return listening.getLocalPort();
  }

  InetSocketAddress address() {
    return (InetSocketAddress) listening.getLocalSocketAddress();
  }

  void peerReads() throws Exception {
    if (peer().getInputStream().read() < 0) {
      throw new AssertionError("the peer read no byte");
    }
  }

  /** Makes the peer write once the connection is there. The subject may have to wait for it. */
  void peerWritesLater() {
    PEERS.execute(
        () -> {
          try {
            peer().getOutputStream().write('p');
          } catch (Exception e) {
            if (!closed) {
              throw new IllegalStateException(e);
            }
          }
        });
  }

  static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  /** Another address than the servers': a socket that knows their ports does not know this one. */
  static InetSocketAddress refusing() {
    return new InetSocketAddress("127.0.0.2", 1);
  }

  static InetSocketAddress unknown() {
    return InetSocketAddress.createUnresolved("host.invalid", 80);
  }

  /** Something that may throw. */
  interface Action {
    void run() throws Exception;
  }

  static void ignoring(Action action) throws Exception {
    try {
      action.run();
    } catch (IOException expected) {
      // Only the state afterwards matters.
    }
  }

  /** Replaces what differs from one connection to the next. */
  String normal(Object value) throws Exception {
    String text = String.valueOf(value);
    text = text.replaceAll("\\b" + address().getPort() + "\\b", "SERVER");
    for (Socket socket : new Socket[] {client, serverSide ? accepted() : client}) {
      if (socket.getLocalPort() > 0) {
        text = text.replaceAll("\\b" + socket.getLocalPort() + "\\b", "LOCAL");
      }
    }
    return text;
  }

  @Override
  public void close() throws IOException {
    closed = true;
    listening.close();
    client.close();
    accepted.thenAccept(SocketPair::closeQuietly);
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // It is not used any more.
    }
  }
}
