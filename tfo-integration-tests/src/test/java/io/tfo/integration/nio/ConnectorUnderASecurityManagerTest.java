package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.integration.jvm.ManagedJvm;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.nio.FastOpenAsynchronousChannelProvider;
import io.tfo.nio.FastOpenSelectorProvider;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketPermission;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.Permission;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** A program connects where a security manager lets it, and nowhere else. */
@Timeout(120)
@EnabledForJreRange(max = JRE.JAVA_23)
class ConnectorUnderASecurityManagerTest {
  @TempDir private Path folder;

  @Test
  void throwsWhatTheJdkThrowsWhereTheManagerRefusesTheDestination() throws Exception {
    assertThat(output("refused", List.of()))
        .contains("to the one: SYN_DATA_ACKED")
        .contains("to another: as the JDK", "with a timeout: as the JDK", "reached: false");
  }

  /** To connect a provider's channel plainly, the connector initialises one more class. */
  @Test
  void connectsTheChannelsOfAProviderUnderTheSameRules() throws Exception {
    assertThat(output("refused", providers()))
        .contains("to the one: SYN_DATA_ACKED")
        .contains("to another: as the JDK", "with a timeout: as the JDK", "reached: false");
  }

  /** Initialisation, once in a JVM, must not depend on the permissions of the first program. */
  @Test
  void worksForAllWhereTheFirstProgramHasFewPermissions() throws Exception {
    assertThat(output("first", providers()))
        .contains("with it: [SYN_DATA_ACKED, SYN_DATA_ACKED]", "its listener: SYN_DATA_ACKED")
        .doesNotContain("access denied", "do not use TCP Fast Open", "cannot be observed");
  }

  private static List<String> providers() {
    return List.of(
        "-Djava.nio.channels.spi.SelectorProvider=" + FastOpenSelectorProvider.class.getName(),
        "-Djava.nio.channels.spi.AsynchronousChannelProvider="
            + FastOpenAsynchronousChannelProvider.class.getName(),
        "-Dio.tfo.provider.ports=all");
  }

  private String output(String what, List<String> options) throws Exception {
    Labs.loopback().close();
    return ManagedJvm.run(folder, ManagedJvm.ALL, options, Program.class, what).output();
  }

  /** The program. It has all permissions, except where it drops them itself. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws Exception {
      try (Lab lab = Labs.loopback()) {
        lab.client().sysctl("net.ipv4.tcp_fastopen", "3");
        Callable<String> what =
            args[0].equals("refused") ? Program::refused : Program::firstWithFewPermissions;
        System.out.println(lab.client().call(what));
      }
      System.exit(0);
    }

    private static String refused() throws Exception {
      try (ServerSocketChannel one = listener();
          ServerSocketChannel another = listener()) {
        outcome(one); // for a cookie
        int port = ((InetSocketAddress) one.getLocalAddress()).getPort();
        Permission toTheOne = new SocketPermission("127.0.0.1:" + port, "connect");
        SocketAddress refused = another.getLocalAddress();
        another.configureBlocking(false);
        return "to the one: "
            + ManagedJvm.with(toTheOne, () -> outcome(one))
            + ", to another: "
            + compared(channel -> connector().connect(channel, refused, data()), refused, toTheOne)
            + ", with a timeout: "
            + compared(
                channel -> connector().connect(channel, refused, data(), Duration.ofSeconds(10)),
                refused,
                toTheOne)
            + ", reached: "
            + (another.accept() != null);
      }
    }

    private static String firstWithFewPermissions() throws Exception {
      InetSocketAddress local = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      Permission all = new SocketPermission("*", "accept,connect,listen,resolve");
      String listening =
          ManagedJvm.with(
              all,
              () -> {
                AsynchronousServerSocketChannel.open().bind(local).close();
                try (ServerSocketChannel server = ServerSocketChannel.open().bind(local)) {
                  outcome(server);
                  return String.valueOf(outcome(server));
                }
              });
      try (ServerSocketChannel server = listener()) {
        return "with it: "
            + ManagedJvm.with(all, () -> List.of(outcome(server), outcome(server)))
            + ", its listener: "
            + listening;
      }
    }

    private static FastOpenConnector connector() {
      return FastOpenConnector.system();
    }

    private static ByteBuffer data() {
      return ByteBuffer.allocate(1);
    }

    private static ServerSocketChannel listener() throws IOException {
      return FastOpenListener.system()
          .open(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5, 5);
    }

    private static FastOpenOutcome outcome(ServerSocketChannel server) throws IOException {
      try (SocketChannel client = SocketChannel.open()) {
        connector().connect(client, server.getLocalAddress(), data(), Duration.ofSeconds(10));
        return connector().outcome(client);
      }
    }

    private interface Connect {
      void connect(SocketChannel channel) throws IOException;
    }

    private static String compared(Connect connect, SocketAddress to, Permission permission)
        throws Exception {
      String jdks = ManagedJvm.with(permission, () -> result(channel -> channel.connect(to)));
      String ours = ManagedJvm.with(permission, () -> result(connect));
      return jdks.contains("access denied") && ours.equals(jdks)
          ? "as the JDK"
          : ours + " in place of " + jdks;
    }

    private static String result(Connect connect) throws IOException {
      try (SocketChannel channel = SocketChannel.open()) {
        try {
          connect.connect(channel);
          return "connected";
        } catch (IOException | RuntimeException | Error e) {
          return e + ", open: " + channel.isOpen();
        }
      }
    }
  }
}
