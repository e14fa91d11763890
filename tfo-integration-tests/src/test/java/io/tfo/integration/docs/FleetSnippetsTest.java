package io.tfo.integration.docs;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.test.Labs;
import io.tfo.testkit.BackendLab;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs {@link FleetSnippets}, and looks at the cookies. */
@Timeout(60)
class FleetSnippetsTest {
  private static final byte[] SECRET = "correct horse battery staple".getBytes(US_ASCII);
  private static final byte[] DATA = "GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII);

  private static byte[] key(int value) {
    byte[] key = new byte[16];
    Arrays.fill(key, (byte) value);
    return key;
  }

  private static InetSocketAddress newAddress(Lab lab) {
    return new InetSocketAddress(lab.server().ipv4(), BackendLab.newPort());
  }

  private static FastOpenOutcome connect(
      Lab lab, FastOpenConnector connector, InetSocketAddress server) throws Exception {
    return lab.client()
        .call(
            () -> {
              try (SocketChannel channel = connector.open(server, ByteBuffer.wrap(DATA))) {
                return connector.outcome(channel);
              }
            });
  }

  /** Connects as soon as the server listens. */
  private static FastOpenOutcome connectTo(Lab lab, Callable<SocketChannel> server, int port)
      throws Exception {
    Future<SocketChannel> accepted = lab.server().start(server);
    InetSocketAddress address = new InetSocketAddress(lab.server().ipv4(), port);
    awaitListening(lab, port);
    FastOpenOutcome outcome = connect(lab, FastOpenConnector.system(), address);
    accepted.get(20, TimeUnit.SECONDS).close();
    return outcome;
  }

  /** Reads the kernel's table of sockets. A trial connect would be taken for the client. */
  private static void awaitListening(Lab lab, int port) throws Exception {
    String line = ":%04X 00000000:0000 0A".formatted(port);
    String line6 = ":%04X 00000000000000000000000000000000:0000 0A".formatted(port);
    org.awaitility.Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                lab.server().call(() -> tcp("tcp").contains(line) || tcp("tcp6").contains(line6)));
  }

  private static String tcp(String table) throws java.io.IOException {
    return String.join(
        "\n",
        java.nio.file.Files.readAllLines(java.nio.file.Path.of("/proc/thread-self/net/" + table)));
  }

  @Test
  void aRestartedServerOfTheSameSecretAcceptsTheCookie() throws Exception {
    try (Lab lab = Labs.twoHosts()) {
      InetSocketAddress first = newAddress(lab);
      InetSocketAddress second = newAddress(lab);

      assertThat(connectTo(lab, () -> FleetSnippets.inStep(first, SECRET), first.getPort()))
          .isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
      lab.server().sysctl("net.ipv4.tcp_fastopen_key", "1-2-3-4");
      assertThat(connectTo(lab, () -> FleetSnippets.inStep(second, SECRET), second.getPort()))
          .isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
    }
  }

  @Test
  void keysThatAreSetLaterAreTaken() throws Exception {
    try (Lab lab = Labs.twoHosts();
        ServerSocketChannel server =
            lab.server().call(() -> FleetSnippets.setKeys(newAddress(lab), key(1), key(2)))) {
      InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
      assertThat(connect(lab, FastOpenConnector.system(), address))
          .isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
      assertThat(connect(lab, FastOpenConnector.system(), address))
          .isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
    }
  }

  @Test
  void aConnectorIsPlainForTheNamedBlocksOnly() throws Exception {
    try (Lab lab = Labs.twoHosts();
        ServerSocketChannel server =
            lab.server().call(() -> FastOpenListener.system().open(newAddress(lab), 50, 50))) {
      InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
      FastOpenConnector connector = FleetSnippets.plainFor();
      assertThat(connect(lab, connector, address)).isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
      assertThat(connect(lab, connector.plainFor(destination -> true), address))
          .isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
      assertThat(lab.wire().syns().get(1).hasFastOpenOption()).isFalse();
    }
  }

  @Test
  void theFirstSynHasDataWhereBothSidesGoWithoutACookie() throws Exception {
    try (Lab lab = Labs.twoHosts();
        ServerSocketChannel server =
            lab.server()
                .call(() -> FleetSnippets.acceptWithoutCookie().open(newAddress(lab), 50, 50))) {
      InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
      assertThat(connect(lab, FleetSnippets.connectWithoutCookie(), address))
          .isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
      Segment syn = lab.wire().syns().get(0);
      assertThat(syn.payload()).isEqualTo(DATA);
      assertThat(syn.hasFastOpenOption()).isFalse();
    }
  }
}
