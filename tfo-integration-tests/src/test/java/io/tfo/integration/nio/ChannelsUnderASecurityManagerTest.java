package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.integration.jvm.ManagedJvm;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.nio.FastOpenSelectorProvider;
import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketPermission;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.security.Permission;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;

/** The library needs all permissions; a program needs none but that to connect. */
@Timeout(120)
@EnabledForJreRange(max = JRE.JAVA_23)
class ChannelsUnderASecurityManagerTest {
  @TempDir private Path folder;

  @Test
  void aProgramNeedsNoPermissionButThatToConnect() throws Exception {
    Labs.loopback().close();
    ChildJvm child = run(ManagedJvm.ALL);
    assertThat(child.output())
        .contains("with it: [SYN_DATA_ACKED, SYN_DATA_ACKED]")
        .doesNotContain("WARNING: NIO");
  }

  @Test
  void theRemedyIsReportedIfTheLibraryMayNotReachTheJdksProvider() throws Exception {
    ChildJvm child =
        run(
            "permission java.util.PropertyPermission \"*\", \"read\";"
                + "permission java.lang.RuntimePermission \"selectorProvider\";");
    assertThat(child.output())
        .contains("the JDK's own SelectorProvider cannot be reached")
        .contains("grant the library java.security.AllPermission");
  }

  /** The kernel would defer the channel's next connect, and nothing would send its SYN. */
  @Test
  void aConnectThatIsRefusedLeavesNothingOnTheChannel() throws Exception {
    Labs.loopback().close();
    ChildJvm child =
        ChildJvm.java(
            List.of(
                "-Djava.security.manager=allow",
                "-Djava.nio.channels.spi.SelectorProvider="
                    + FastOpenSelectorProvider.class.getName(),
                "-Dio.tfo.provider.ports=" + RefusingProgram.PORT,
                "-Dio.tfo.provider.firstWriteMillis=10000",
                "-cp",
                System.getProperty("java.class.path"),
                RefusingProgram.class.getName()));
    assertThat(child.output()).contains("refused, then read 1");
  }

  private ChildJvm run(String permission) throws Exception {
    return ManagedJvm.run(
        folder,
        permission,
        List.of(
            "-Djava.nio.channels.spi.SelectorProvider=" + FastOpenSelectorProvider.class.getName(),
            "-Dio.tfo.provider.ports=all",
            "-Dio.tfo.provider.firstWriteMillis=10000"),
        Program.class);
  }

  /** Refuses a connect, and connects the channel to a server that speaks first. */
  @SuppressWarnings("removal")
  static final class RefusingProgram {
    static final int PORT = 8900;

    private RefusingProgram() {}

    public static void main(String[] args) throws Exception {
      SocketChannel.open().close();
      try (Lab lab = Labs.loopback()) {
        lab.client().sysctl("net.ipv4.tcp_fastopen", "1027");
        System.out.println(lab.client().call(RefusingProgram::refusedThenRead));
      }
      System.exit(0);
    }

    private static String refusedThenRead() throws Exception {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      try (ServerSocketChannel server =
              ServerSocketChannel.open().bind(new InetSocketAddress(loopback, PORT));
          ServerSocketChannel greeter =
              ServerSocketChannel.open().bind(new InetSocketAddress(loopback, 0));
          Selector selector = Selector.open();
          SocketChannel channel = SocketChannel.open()) {
        Program.exchange(selector, server);
        Program.exchange(selector, server); // now the kernel has a cookie
        channel.configureBlocking(false);
        System.setSecurityManager(new Refusing());
        try {
          channel.connect(server.getLocalAddress());
          return "connected";
        } catch (SecurityException e) {
          System.setSecurityManager(null);
        }
        channel.configureBlocking(true);
        channel.connect(greeter.getLocalAddress());
        FutureTask<Integer> read = new FutureTask<>(() -> channel.read(ByteBuffer.allocate(1)));
        new Thread(read).start();
        greeter.configureBlocking(false);
        greeter.register(selector, SelectionKey.OP_ACCEPT);
        if (selector.select(10_000) == 0) {
          return "no SYN was sent";
        }
        try (SocketChannel accepted = greeter.accept()) {
          accepted.write(ByteBuffer.allocate(1));
          return "refused, then read " + read.get(10, TimeUnit.SECONDS);
        }
      }
    }

    /** Permits everything except that connect. */
    private static final class Refusing extends SecurityManager {
      @Override
      public void checkPermission(Permission permission) {}

      @Override
      public void checkConnect(String host, int port) {
        if (port == PORT) {
          throw new SecurityException(host);
        }
      }
    }
  }

  /** The program. Its first channel is opened with one permission. */
  static final class Program {
    private static final Permission MAY_CONNECT =
        new SocketPermission("*", "accept,connect,resolve");

    private Program() {}

    public static void main(String[] args) throws Exception {
      ManagedJvm.with(MAY_CONNECT, SocketChannel::open).close();
      try (Lab lab = Labs.loopback()) {
        lab.client().sysctl("net.ipv4.tcp_fastopen", "3");
        System.out.println("with it: " + lab.client().call(Program::outcomes));
      }
      System.exit(0);
    }

    private static List<FastOpenOutcome> outcomes() throws Exception {
      try (ServerSocketChannel server =
              ServerSocketChannel.open()
                  .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
          Selector selector = Selector.open()) {
        exchange(selector, server);
        return List.of(exchange(selector, server), exchange(selector, server));
      }
    }

    private static FastOpenOutcome exchange(Selector selector, ServerSocketChannel server)
        throws Exception {
      try (SocketChannel client = ManagedJvm.with(MAY_CONNECT, () -> connected(selector, server));
          SocketChannel accepted = server.accept()) {
        accepted.read(ByteBuffer.allocate(1));
        return FastOpenConnector.system().outcome(client);
      }
    }

    private static SocketChannel connected(Selector selector, ServerSocketChannel server)
        throws IOException {
      SocketChannel channel = SocketChannel.open();
      channel.configureBlocking(false);
      channel.connect(server.getLocalAddress());
      SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
      selector.select(10_000);
      channel.finishConnect();
      selector.selectedKeys().clear();
      key.cancel();
      selector.selectNow();
      channel.write(ByteBuffer.allocate(1));
      return channel;
    }
  }
}
