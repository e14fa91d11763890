package io.tfo.integration.socket;

import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.testkit.BackendLab;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * A lab whose server sockets come from the factory. Where a lab is not possible, the test is
 * skipped, or fails if the lab is required.
 */
public final class SocketLab implements AutoCloseable {
  private final Lab lab;
  private final List<Closeable> servers = new CopyOnWriteArrayList<>();
  private final Map<ServerSocket, Future<?>> acceptors = new ConcurrentHashMap<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();

  private SocketLab(Lab lab) {
    this.lab = lab;
  }

  public static SocketLab open() throws IOException {
    return new SocketLab(Labs.twoHosts());
  }

  public Lab lab() {
    return lab;
  }

  public static FastOpenSocketFactory factory() {
    return FastOpenSocketFactory.system();
  }

  /** Serves a connection, which is closed afterwards. */
  public interface Conversation {
    void with(Socket socket) throws Exception;
  }

  public ServerSocket listen() throws Exception {
    return listen(BackendLab.newPort());
  }

  public ServerSocket listen(int port) throws Exception {
    return listen(
        () ->
            FastOpenServerSocketFactory.system().createServerSocket(port, 50, lab.server().ipv4()));
  }

  /** Opens a server socket on the server's host. */
  public ServerSocket listen(Callable<ServerSocket> open) throws Exception {
    ServerSocket socket = lab.server().call(open);
    closeLater(socket);
    return socket;
  }

  /** Closes a server before the lab is closed. */
  public void closeLater(Closeable server) {
    servers.add(server);
  }

  /** Serves on a new port, each connection on a thread of its own. */
  public InetSocketAddress serve(Conversation conversation) throws Exception {
    ServerSocket socket = listen();
    serve(socket, conversation);
    return new InetSocketAddress(lab.server().ipv4(), socket.getLocalPort());
  }

  public void serve(ServerSocket socket, Conversation conversation) {
    Future<?> acceptor =
        lab.server()
            .start(
                () -> {
                  while (!socket.isClosed()) {
                    Socket accepted = socket.accept();
                    lab.server().start(() -> converse(accepted, conversation));
                  }
                  return null;
                });
    acceptors.put(socket, acceptor);
  }

  /**
   * Closes a server socket, and waits for the thread that accepts. Until that thread wakes up, it
   * keeps the system's listener, which still accepts connections.
   */
  public void stop(ServerSocket socket) throws Exception {
    socket.close();
    try {
      acceptors.get(socket).get(20, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof SocketException)) {
        throw e;
      }
    }
  }

  private Void converse(Socket accepted, Conversation conversation) {
    try (accepted) {
      conversation.with(accepted);
    } catch (Throwable e) {
      failures.add(e);
    }
    return null;
  }

  public <T> T onClient(Callable<T> task) throws Exception {
    return lab.client().call(task);
  }

  /** Tests something. */
  public interface Check<T> {
    void of(T subject) throws Exception;
  }

  /** Tests all subjects at the same time on the client's host. */
  public <T> void checkAtOnce(T[] subjects, Check<T> check) throws Exception {
    Map<T, Throwable> failed = new ConcurrentHashMap<>();
    List<Future<?>> running = new ArrayList<>();
    for (T subject : subjects) {
      running.add(
          lab.client()
              .start(
                  () -> {
                    try {
                      check.of(subject);
                    } catch (Throwable e) {
                      failed.put(subject, e);
                    }
                    return null;
                  }));
    }
    for (Future<?> one : running) {
      one.get(60, TimeUnit.SECONDS);
    }
    if (!failed.isEmpty()) {
      AssertionError failure = new AssertionError(failed.toString());
      failed.values().forEach(failure::addSuppressed);
      throw failure;
    }
  }

  /** Runs a task on the client's host, and returns the SYNs that it caused. */
  public List<Segment> synsOf(Callable<?> task) throws Exception {
    lab.wire().forget();
    onClient(task);
    return lab.wire().syns();
  }

  /** Switches TCP Fast Open off on a side: 1 leaves the client's, 2 the server's, 0 neither. */
  public void fastOpen(String bits) {
    lab.client().sysctl("net.ipv4.tcp_fastopen", bits);
    lab.server().sysctl("net.ipv4.tcp_fastopen", bits);
  }

  public List<Throwable> failures() {
    return failures;
  }

  @Override
  public void close() throws IOException {
    try (lab) {
      for (Closeable server : servers) {
        server.close();
      }
    }
  }
}
