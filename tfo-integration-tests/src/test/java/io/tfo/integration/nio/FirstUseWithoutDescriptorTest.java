package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process has no free descriptor when it connects for the first time. That connect is plain. The
 * classes that need a descriptor are initialised later, and then TCP Fast Open is used.
 */
@Timeout(120)
class FirstUseWithoutDescriptorTest {
  private static final String NOW = "descriptors are free";

  @TempDir private Path folder;

  @Test
  void initialisesNothingThatWouldFailForGood() throws Exception {
    // The system opens no folder as a file: its error stands for that of too many open files.
    Files.createDirectories(folder.resolve("lib/modules"));
    String output =
        ChildJvm.java(
                List.of(
                    "-Xlog:class+init=info",
                    "-cp",
                    ChildJvm.classPath(),
                    Program.class.getName(),
                    folder.toString()))
            .output();

    String before = output.substring(0, output.indexOf(NOW));
    String after = output.substring(output.indexOf(NOW));
    assertThat(before)
        .contains("the connector: cannot be probed now")
        .doesNotContain("'io/tfo/jdk/JdkChannels'", "'io/tfo/jdk/JdkSockets'");
    assertThat(after).contains("'io/tfo/jdk/JdkChannels'", "'io/tfo/jdk/JdkSockets'");
  }

  /** Connects and listens in all ways, first without and then with free descriptors. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      SocketChannel.open().close(); // the JDK looks for its own files at its first use, too
      String jdk = System.getProperty("java.home");
      System.setProperty("java.home", args[0]);
      use();
      System.out.println(NOW);
      System.setProperty("java.home", jdk);
      use();
      System.exit(0);
    }

    private static void use() throws IOException {
      InetSocketAddress local = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      FastOpenConnector connector = FastOpenConnector.system();
      try (ServerSocketChannel server = FastOpenListener.system().open(local, 5, 5);
          SocketChannel client = connector.open(server.getLocalAddress(), ByteBuffer.allocate(1))) {
        connector.outcome(client);
        FastOpenListener.system().outcome(server.accept());
      }
      try (ServerSocket server =
              FastOpenServerSocketFactory.system().createServerSocket(0, 5, local.getAddress());
          Socket client =
              FastOpenSocketFactory.over(connector)
                  .createSocket(local.getAddress(), server.getLocalPort())) {
        client.getOutputStream().write(1);
        FastOpenSocketFactory.over(connector).outcome(client);
        server.accept().close();
      }
      System.out.println("the connector: " + connector.capability().detail());
    }
  }
}
