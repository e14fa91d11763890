package io.tfo.integration.socket;

import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.testkit.BackendLab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * A lab whose server sockets come from the factory. Where a lab is not possible, the test is
 * skipped, or fails if the lab is required.
 */
public final class SocketLab implements AutoCloseable {
  private final Lab lab;
  private final List<ServerSocket> listening = new CopyOnWriteArrayList<>();
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
    return listen(
        () ->
            FastOpenServerSocketFactory.system()
                .createServerSocket(BackendLab.newPort(), 50, lab.server().ipv4()));
  }

  /** Opens a server socket on the server's host. */
  public ServerSocket listen(Callable<ServerSocket> open) throws Exception {
    ServerSocket socket = lab.server().call(open);
    listening.add(socket);
    return socket;
  }

  /** Serves on a new port, each connection on a thread of its own. */
  public InetSocketAddress serve(Conversation conversation) throws Exception {
    ServerSocket socket = listen();
    serve(socket, conversation);
    return new InetSocketAddress(lab.server().ipv4(), socket.getLocalPort());
  }

  public void serve(ServerSocket socket, Conversation conversation) {
    lab.server()
        .start(
            () -> {
              while (!socket.isClosed()) {
                Socket accepted = socket.accept();
                lab.server().start(() -> converse(accepted, conversation));
              }
              return null;
            });
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
      for (ServerSocket socket : listening) {
        socket.close();
      }
    }
  }
}
