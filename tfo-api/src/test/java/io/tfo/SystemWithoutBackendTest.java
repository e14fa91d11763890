package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.ChildJvm;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The API alone in a child JVM, without JNA and without a backend. */
class SystemWithoutBackendTest {
  @Test
  void connectsPlainlyAndReportsThatNoBackendIsInstalled() throws Exception {
    ChildJvm child = run();

    assertThat(child.output())
        .contains("received hello")
        .contains("outcome NOT_ATTEMPTED")
        .contains("UNSUPPORTED: no backend is installed")
        .doesNotContain("WARNING");
    assertThat(child.exit()).isZero();
  }

  @Test
  void connectsPlainlyAndWarnsIfAnUnknownBackendIsForced() throws Exception {
    ChildJvm child = run("-Dio.tfo.backend=linux-legcay");

    assertThat(child.output())
        .contains("received hello")
        .contains(
            "WARNING: -Dio.tfo.backend=linux-legcay names no installed backend; installed: none");
    assertThat(child.exit()).isZero();
  }

  @Test
  void reportsThatItWasSwitchedOff() throws Exception {
    ChildJvm child = run("-Dio.tfo.backend=none");

    assertThat(child.output())
        .contains("received hello")
        .contains("UNSUPPORTED: switched off by -Dio.tfo.backend=none");
    assertThat(child.exit()).isZero();
  }

  private static ChildJvm run(String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of(options));
    arguments.add("-cp");
    arguments.add(
        ChildJvm.path(
            ChildJvm.home(FastOpenConnector.class), ChildJvm.home(SystemWithoutBackendTest.class)));
    arguments.add(Client.class.getName());
    return ChildJvm.java(arguments);
  }

  /** The main class of the child JVM. */
  static final class Client {
    public static void main(String[] args) throws Exception {
      FastOpenConnector connector = FastOpenConnector.system();
      System.out.println(connector.capability());
      System.out.println(FastOpenBackends.installed());
      try (ServerSocketChannel listener = FastOpenListener.system().open(null, 0, 5);
          SocketChannel client =
              connector.open(
                  listener.getLocalAddress(),
                  ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
          SocketChannel accepted = listener.accept()) {
        System.out.println("outcome " + connector.outcome(client));
        client.shutdownOutput();
        ByteBuffer received = ByteBuffer.allocate(100);
        while (accepted.read(received) >= 0) {
          // Until the end of the stream.
        }
        received.flip();
        System.out.println("received " + StandardCharsets.UTF_8.decode(received));
      }
    }
  }
}
