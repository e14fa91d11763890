package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tfo.jdk.JdkSockets;
import java.io.FileDescriptor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketImpl;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server that resets a connection before the program has used it. The timer has made the
 * connection, so the reset is no failure of the connect, and what the server has sent is read.
 */
@Timeout(60)
class ResetBeforeTheFirstUseTest {
  private static final JdkSockets JDK = Objects.requireNonNull(JdkSockets.ACCESS);

  private final Semaphore resets = new Semaphore(0);

  /** The first use of a socket by a program. */
  private enum Use {
    READ(socket -> new String(socket.getInputStream().readNBytes(4))),
    AVAILABLE(socket -> socket.getInputStream().available()),
    WRITE(socket -> done(() -> socket.getOutputStream().write('w'))),
    SEND_URGENT_DATA(socket -> done(() -> socket.sendUrgentData('u'))),
    SHUTDOWN_INPUT(socket -> done(socket::shutdownInput)),
    SHUTDOWN_OUTPUT(socket -> done(socket::shutdownOutput));

    private interface Call {
      Object on(Socket socket) throws IOException;
    }

    private interface Action {
      void run() throws IOException;
    }

    private final Call call;

    Use(Call call) {
      this.call = call;
    }

    private static String done(Action action) throws IOException {
      action.run();
      return "done";
    }

    String on(Socket socket) {
      try {
        return this + ": " + call.on(socket);
      } catch (IOException e) {
        return this + ": " + e;
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"sent", ""})
  void isSeenAsOnAPlainSocket(String sent) throws Exception {
    SocketFactory ours = SocketLab.factory();
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server = hosts.serve(accepted -> sendAndReset(accepted, sent));
      hosts.onClient(() -> uses(ours, server, Use.READ)); // so it is known
      for (Use first : Use.values()) {
        List<String> plain = hosts.onClient(() -> uses(SocketFactory.getDefault(), server, first));
        assertThat(hosts.onClient(() -> uses(ours, server, first))).isEqualTo(plain);
      }
    }
  }

  private void sendAndReset(Socket accepted, String sent) throws Exception {
    accepted.getOutputStream().write(sent.getBytes());
    assertThat(resets.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
    accepted.setSoLinger(true, 0);
  }

  private List<String> uses(SocketFactory sockets, InetSocketAddress server, Use first)
      throws IOException {
    try (Socket socket = sockets.createSocket()) {
      socket.connect(server, 10_000);
      resets.release();
      await().until(() -> isReset(Objects.requireNonNull(JDK.nioBehind(socket))));
      List<String> seen = new ArrayList<>();
      for (Use use : List.of(first, Use.READ, Use.READ, Use.WRITE)) {
        seen.add(use.on(socket));
      }
      seen.add("closed: " + socket.isClosed());
      return seen;
    }
  }

  /** A socket whose SYN waits is writable. A socket whose SYN is not answered has no event. */
  private static boolean isReset(SocketImpl nio) throws IOException {
    FileDescriptor file = JDK.file(nio);
    return JDK.hasEvent(nio) && !JDK.isWritable(file) && JDK.hasEvent(nio);
  }
}
