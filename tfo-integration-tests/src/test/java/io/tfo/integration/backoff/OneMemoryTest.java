package io.tfo.integration.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenStatistics;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.nio.FastOpenSelectorProvider;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.ChildJvm;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * All ways to connect share what one of them has learned of a destination. Their backends differ:
 * with {@code tfo-all} on Linux, the connector uses another backend than sockets and channels.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class OneMemoryTest {
  private static final String SHELL =
      "echo 3 > /proc/sys/net/ipv4/tcp_fastopen && exec \"$0\" \"$@\"";

  @Test
  void aRefusalMakesTheNextConnectPlainInEveryWay() throws Exception {
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    ChildJvm child =
        ChildJvm.javaIn(
            List.of("unshare", root ? "-n" : "-Urn", "sh", "-c"),
            SHELL,
            List.of(
                "-Dio.tfo.provider.ports=all",
                "-cp",
                ChildJvm.classPath(),
                OneMemoryTest.class.getName()),
            Duration.ofMinutes(1));
    child.expectInside();

    assertThat(child.output().lines())
        .filteredOn(line -> line.contains(" then "))
        .hasSize(Way.values().length * Way.values().length)
        .allSatisfy(line -> assertThat(line).endsWith(": tried 1, back-off 1"));
  }

  /** A way to connect. */
  private enum Way {
    CONNECTOR {
      @Override
      void connect(InetSocketAddress server) throws IOException {
        FastOpenConnector.system().open(server, ByteBuffer.allocate(1)).close();
      }
    },
    SOCKET {
      @Override
      void connect(InetSocketAddress server) throws IOException {
        try (Socket socket = FastOpenSocketFactory.system().createSocket()) {
          socket.connect(server);
          socket.getOutputStream().write(1);
        }
      }
    },
    CHANNEL {
      private final FastOpenSelectorProvider provider = new FastOpenSelectorProvider();

      @Override
      void connect(InetSocketAddress server) throws IOException {
        try (SocketChannel channel = provider.openSocketChannel();
            Selector selector = provider.openSelector()) {
          channel.configureBlocking(false);
          channel.connect(server);
          channel.register(selector, SelectionKey.OP_CONNECT);
          selector.select();
          channel.finishConnect();
        }
      }
    };

    abstract void connect(InetSocketAddress server) throws IOException;

    final void isRefused(InetSocketAddress server) throws IOException {
      try {
        connect(server);
        throw new AssertionError(this + " is connected");
      } catch (ConnectException e) {
        // A plain connect is refused in the same way.
      }
    }
  }

  public static void main(String[] args) throws Exception {
    System.out.println(ChildJvm.INSIDE);
    for (Way first : Way.values()) {
      for (Way next : Way.values()) {
        InetSocketAddress closed = OneConnectionServer.refusing();
        FastOpenStatistics before = FastOpenStatistics.snapshot();
        first.isRefused(closed);
        next.isRefused(closed);
        FastOpenStatistics after = FastOpenStatistics.snapshot();
        System.out.printf(
            "%s then %s: tried %d, back-off %d%n",
            first, next, after.attempted() - before.attempted(), backOff(after) - backOff(before));
      }
    }
  }

  private static long backOff(FastOpenStatistics statistics) {
    return Objects.requireNonNull(statistics.plain().get(PlainReason.BACK_OFF));
  }
}
