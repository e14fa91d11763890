package io.tfo.integration.docs;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.integration.socket.SocketLab;
import io.tfo.lab.Host;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.test.Labs;
import io.tfo.testkit.BackendLab;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs {@link ChannelSnippets}, and sees their data in the SYN. */
@Timeout(60)
class ChannelSnippetsTest {
  private static final byte[] REQUEST = "GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII);
  private static final String TCP_LISTEN = " 0A ";

  private final PrintStream standard = System.out;
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  @BeforeEach
  void keepWhatIsPrinted() {
    System.setOut(new PrintStream(printed, true, UTF_8));
  }

  @AfterEach
  void printAgain() {
    System.setOut(standard);
  }

  private String printed() {
    String text = printed.toString(UTF_8);
    printed.reset();
    return text;
  }

  private static byte[] lastSyn(Lab lab) {
    return lab.wire().syns().stream()
        .reduce((earlier, later) -> later)
        .map(Segment::payload)
        .orElseThrow();
  }

  @Test
  void theTenLinesSendTheirRequestInTheSecondSyn() throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server = hosts.serve(socket -> socket.getInputStream().readAllBytes());
      Callable<Void> tenLines =
          () -> {
            ChannelSnippets.tenLines(server);
            return null;
          };

      hosts.lab().client().call(tenLines);
      assertThat(printed()).startsWith("COOKIE_REQUESTED");

      hosts.lab().client().call(tenLines);
      assertThat(printed()).startsWith("SYN_DATA_ACKED").contains("linux-legacy (chosen)");
      assertThat(lastSyn(hosts.lab())).isEqualTo(REQUEST);
    }
  }

  @Test
  void aNonBlockingChannelSendsItsDataInTheSecondSyn() throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server = hosts.serve(socket -> socket.getInputStream().readAllBytes());
      Callable<FastOpenOutcome> connect =
          () -> {
            try (Selector selector = Selector.open()) {
              return ChannelSnippets.nonBlocking(server, REQUEST, selector);
            }
          };

      assertThat(hosts.lab().client().call(connect)).isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
      assertThat(hosts.lab().client().call(connect)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
      assertThat(lastSyn(hosts.lab())).isEqualTo(REQUEST);
    }
  }

  @Test
  void aListenerAcceptsTheDataOfTheSecondSyn() throws Exception {
    try (Lab lab = Labs.twoHosts()) {
      InetSocketAddress server = new InetSocketAddress(lab.server().ipv4(), BackendLab.newPort());

      exchange(lab, server);
      printed();
      exchange(lab, server);

      assertThat(printed()).startsWith("SYN_DATA_ACKED");
      assertThat(lastSyn(lab)).isEqualTo(REQUEST);
    }
  }

  private static void exchange(Lab lab, InetSocketAddress server) throws Exception {
    Future<SocketChannel> accepted = lab.server().start(() -> ChannelSnippets.accept(server));
    await().atMost(Duration.ofSeconds(10)).until(() -> listens(lab.server(), server.getPort()));
    Callable<SocketChannel> open =
        () -> FastOpenConnector.system().open(server, ByteBuffer.wrap(REQUEST));
    try (SocketChannel client = lab.client().call(open);
        SocketChannel channel = accepted.get(10, TimeUnit.SECONDS)) {
      assertThat(client.isConnected()).isTrue();
      InputStream in = channel.socket().getInputStream();
      assertThat(in.readNBytes(REQUEST.length)).isEqualTo(REQUEST);
    }
  }

  /** A SYN that comes too early would be refused, and its destination connected plainly. */
  private static boolean listens(Host host, int port) throws Exception {
    String address = ":%04X 00000000:0000%s".formatted(port, TCP_LISTEN);
    for (String table : new String[] {"tcp", "tcp6"}) {
      String sockets = host.call(() -> Files.readString(Path.of("/proc/thread-self/net", table)));
      if (sockets.replaceAll("0{32}", "00000000").contains(address)) {
        return true;
      }
    }
    return false;
  }
}
