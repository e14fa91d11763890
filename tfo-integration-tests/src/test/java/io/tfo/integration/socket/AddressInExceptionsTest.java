package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A first write that fails says as much of the address as {@code connect} does. */
@Timeout(120)
class AddressInExceptionsTest {
  @ParameterizedTest
  @ValueSource(strings = {"hostInfo", "userInfo"})
  void theFirstWriteThrowsWhatConnectThrows(String included) throws Exception {
    Labs.loopback().close();
    ChildJvm child =
        ChildJvm.java(
            List.of(
                "-Djdk.includeInExceptions=" + included,
                "-cp",
                System.getProperty("java.class.path"),
                Program.class.getName()));
    List<String> thrown = child.output().lines().filter(line -> line.contains("thrown")).toList();
    assertThat(thrown).hasSize(2);
    assertThat(thrown.get(0)).contains("Connection refused");
    assertThat(thrown.get(0).contains("127.0.0.1:")).isEqualTo(included.equals("hostInfo"));
    assertThat(thrown.get(1)).isEqualTo(thrown.get(0));
  }

  /** Connects to a server that has gone, by a plain socket and by one that knows the server. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      try (Lab lab = Labs.loopback()) {
        lab.client().sysctl("net.ipv4.tcp_fastopen", "3");
        lab.client().call(Program::run);
      }
      System.exit(0);
    }

    private static boolean run() throws IOException {
      InetSocketAddress server;
      InetAddress loopback = InetAddress.getByAddress(new byte[] {127, 0, 0, 1});
      try (ServerSocket listening =
          FastOpenServerSocketFactory.system().createServerSocket(0, 5, loopback)) {
        server = new InetSocketAddress(loopback, listening.getLocalPort());
        writeTo(server, SocketLab.factory());
      }
      for (SocketFactory factory : List.of(SocketFactory.getDefault(), SocketLab.factory())) {
        System.out.println("thrown: " + catchThrowable(() -> writeTo(server, factory)));
      }
      return true;
    }

    private static void writeTo(InetSocketAddress server, SocketFactory factory)
        throws IOException {
      try (Socket socket = factory.createSocket()) {
        socket.connect(server);
        socket.getOutputStream().write('w');
      }
    }
  }
}
