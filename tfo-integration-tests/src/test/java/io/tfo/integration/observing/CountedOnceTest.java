package io.tfo.integration.observing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenStatistics;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.test.ChildJvm;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/**
 * Each connect and each listener is counted once where drop-ins are combined: connector and
 * listener use channels of the selector provider. Each test runs in a JVM of its own, since the
 * counters are those of a process.
 */
@EnabledOnOs(OS.LINUX)
@Timeout(120)
class CountedOnceTest {
  private static ChildJvm run(int setting) throws Exception {
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    ChildJvm child =
        ChildJvm.javaIn(
            List.of("unshare", root ? "-n" : "-Urn", "sh", "-c"),
            "echo " + setting + " > /proc/sys/net/ipv4/tcp_fastopen && exec \"$0\" \"$@\"",
            List.of(
                "-Djava.nio.channels.spi.SelectorProvider=io.tfo.nio.FastOpenSelectorProvider",
                "-Dio.tfo.provider.ports=all",
                "-cp",
                ChildJvm.classPath(),
                CountedOnceTest.class.getName()),
            Duration.ofMinutes(1));
    child.expectInside();
    return child;
  }

  @Test
  void aConnectorCountsAConnectOfAProvidersChannelOnce() throws Exception {
    assertThat(run(3).output().lines())
        .contains(
            "blocking: 1 attempted, plain {}",
            "non-blocking: 1 attempted, plain {}",
            "excluded, blocking: 0 attempted, plain {EXCLUDED=1}",
            "excluded, non-blocking: 0 attempted, plain {EXCLUDED=1}",
            "refused: 1 attempted, plain {}",
            "refused again: 0 attempted, plain {BACK_OFF=1}",
            "refused once more: 1 attempted, plain {}");
  }

  @Test
  void aConnectorCountsAConnectOfAProvidersChannelOnceWhereTheClientIsOff() throws Exception {
    assertThat(run(2).output().lines())
        .contains(
            "blocking: 0 attempted, plain {OFF=1}", "non-blocking: 0 attempted, plain {OFF=1}");
  }

  @Test
  void aListenerIsCountedWhenItIsBound() throws Exception {
    assertThat(run(3).output().lines())
        .contains(
            "a server socket: 1",
            "a server socket whose port is taken: 0",
            "a listener's channel: 1",
            "a listener's channel whose port is taken: 0",
            "a provider's channel: 1",
            "a provider's channel whose port is taken: 0",
            "a provider's channel that is bound by its socket: 1",
            "a provider's channel that never listens: 0",
            "a provider's channel that a listener binds: 1",
            "a provider's channel that a listener binds with TCP Fast Open off: 0");
  }

  private interface Action {
    void run() throws Exception;
  }

  private static void connects(String what, Action action) throws Exception {
    FastOpenStatistics before = FastOpenStatistics.snapshot();
    action.run();
    FastOpenStatistics after = FastOpenStatistics.snapshot();
    var plain = new TreeMap<>(after.plain());
    plain.replaceAll((reason, count) -> count - before.plain().getOrDefault(reason, 0L));
    plain.values().removeIf(count -> count == 0);
    System.out.printf(
        "%s: %d attempted, plain %s%n", what, after.attempted() - before.attempted(), plain);
  }

  private static void listens(String what, Action action) throws Exception {
    long before = FastOpenStatistics.snapshot().listenersOn();
    try {
      action.run();
    } catch (BindException e) {
      // The port is taken.
    }
    System.out.printf("%s: %d%n", what, FastOpenStatistics.snapshot().listenersOn() - before);
  }

  private static void blocking(FastOpenConnector connector, SocketAddress to) throws IOException {
    connector.open(to, ByteBuffer.allocate(1)).close();
  }

  private static void nonBlocking(FastOpenConnector connector, SocketAddress to)
      throws IOException {
    try (SocketChannel channel = SocketChannel.open();
        Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      if (!connector.connect(channel, to, ByteBuffer.allocate(1))) {
        channel.register(selector, SelectionKey.OP_CONNECT);
        selector.select();
        channel.finishConnect();
      }
    }
  }

  private static void refused(SocketAddress closed) throws IOException {
    try {
      blocking(FastOpenConnector.system(), closed);
      throw new AssertionError("connected");
    } catch (ConnectException e) {
      // A plain connect is refused in the same way.
    }
  }

  public static void main(String[] args) throws Exception {
    System.out.println(ChildJvm.INSIDE);
    connects();
    listeners();
  }

  private static void connects() throws Exception {
    FastOpenConnector connector = FastOpenConnector.system();
    FastOpenConnector excluding = connector.plainFor(each -> true);
    try (ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      SocketAddress to = server.getLocalSocketAddress();
      connects("blocking", () -> blocking(connector, to));
      connects("non-blocking", () -> nonBlocking(connector, to));
      connects("excluded, blocking", () -> blocking(excluding, to));
      connects("excluded, non-blocking", () -> nonBlocking(excluding, to));
    }
    SocketAddress closed = OneConnectionServer.refusing();
    connects("refused", () -> refused(closed));
    connects("refused again", () -> refused(closed));
    connects("refused once more", () -> refused(closed));
  }

  private static void listeners() throws Exception {
    FastOpenListener listener = FastOpenListener.system();
    FastOpenServerSocketFactory sockets = FastOpenServerSocketFactory.system();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (ServerSocket other = new ServerSocket(0, 50, any.getAddress())) {
      SocketAddress taken = other.getLocalSocketAddress();
      listens("a server socket", () -> sockets.createServerSocket(0).close());
      listens(
          "a server socket whose port is taken",
          () -> sockets.createServerSocket(other.getLocalPort(), 50, any.getAddress()).close());
      listens("a listener's channel", () -> listener.open(any, 5, 5).close());
      listens("a listener's channel whose port is taken", () -> listener.open(taken, 5, 5).close());
      listens("a provider's channel", () -> ServerSocketChannel.open().bind(any).close());
      try (ServerSocketChannel channel = ServerSocketChannel.open()) {
        listens("a provider's channel whose port is taken", () -> channel.bind(taken));
      }
      try (ServerSocketChannel channel = ServerSocketChannel.open()) {
        listens(
            "a provider's channel that is bound by its socket", () -> channel.socket().bind(any));
      }
      listens("a provider's channel that never listens", () -> ServerSocketChannel.open().close());
      try (ServerSocketChannel channel = ServerSocketChannel.open()) {
        listens(
            "a provider's channel that a listener binds", () -> listener.bind(channel, any, 5, 5));
      }
      try (ServerSocketChannel channel = ServerSocketChannel.open()) {
        listens(
            "a provider's channel that a listener binds with TCP Fast Open off",
            () -> listener.bind(channel, any, 5, 0));
      }
    }
  }
}
