package io.tfo.integration.mptcp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jna.Native;
import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.integration.nio.ProviderJvm;
import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.TcpOption;
import io.tfo.lab.libc.Libc;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.SilentLogger;
import io.tfo.testkit.CapturingServer;
import io.tfo.testkit.TestData;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A process whose TCP sockets are MPTCP's. Its connects are the JDK's, since Linux loses an MPTCP
 * connection where the answer to a SYN with data is lost; its listeners accept data in a SYN.
 */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class MptcpTest {
  /**
   * Silences the message that connects are plain. The JVM begins with the look-up of backends,
   * which logs it.
   */
  @RegisterExtension
  @Order(1)
  static final SilentLogger LOG = new SilentLogger("io.tfo");

  @RegisterExtension
  @Order(2)
  static final MptcpJvm JVM = new MptcpJvm();

  /** RFC 8684. */
  private static final int MPTCP = 30;

  private static final int IPPROTO_MPTCP = 262; // linux/in.h

  private static final byte[] DATA = TestData.bytes(200);
  private static final Duration SOON = Duration.ofSeconds(30);

  /** Ports at which the provider defers; each test has its own. */
  private static final AtomicInteger NEXT_PORT = new AtomicInteger(8400);

  private Lab lab;
  private CapturingServer server;
  private InetSocketAddress address;

  @BeforeEach
  void listen() throws Exception {
    lab = Labs.twoHosts();
    lab.server().sysctl("net.ipv4.tcp_fastopen", "3");
    address = new InetSocketAddress(lab.server().ipv4(), NEXT_PORT.getAndIncrement());
    FastOpenListener listener = FastOpenListener.system();
    ServerSocketChannel channel = lab.server().call(() -> listener.open(address, 50, 50));
    server = CapturingServer.behind(channel, listener, lab.server().threads());
  }

  @AfterEach
  void close() throws Exception {
    if (lab != null) {
      if (server != null) {
        server.close();
      }
      lab.close();
    }
  }

  /** A way for a program to send data and end the stream. */
  private interface Client {
    void send(InetSocketAddress to) throws Exception;
  }

  /** Has a client send the data; returns its SYNs. */
  private List<Segment> synsOf(Client client) throws Exception {
    lab.wire().forget();
    lab.client()
        .call(
            () -> {
              client.send(address);
              return null;
            });
    assertThat(server.next().bytes()).isEqualTo(DATA);
    assertThat(server.waiting()).isZero();
    lab.wire().await(Segment::isSyn);
    return lab.wire().syns();
  }

  private static void assertJdks(List<Segment> syns) {
    assertThat(syns)
        .isNotEmpty()
        .allSatisfy(
            syn -> {
              assertThat(syn.payload()).isEmpty();
              assertThat(syn.hasFastOpenOption()).isFalse();
              assertThat(syn.options()).extracting(TcpOption::kind).contains(MPTCP);
            });
  }

  static Stream<String> linux() {
    return Stream.of("linux-legacy", "linux-connect");
  }

  private static FastOpenBackend backend(String name) {
    return BackendsUnderTest.ALL.get(name).get();
  }

  private static Client open(FastOpenConnector connector) {
    return to -> {
      try (SocketChannel channel = connector.open(to, ByteBuffer.wrap(DATA))) {
        CapturingServer.finish(channel);
      }
    };
  }

  @ParameterizedTest
  @MethodSource("linux")
  void theConnectorsCapabilityNamesMptcpAndTheListenersIsAvailable(String name) throws Exception {
    FastOpenBackend backend = backend(name);

    assertThat(backend.connector().capability().status())
        .isEqualTo(FastOpenCapability.Status.UNSUPPORTED);
    assertThat(backend.connector().capability().detail()).contains("MPTCP");
    assertThat(lab.server().call(() -> backend.listener().capability().status()))
        .isEqualTo(FastOpenCapability.Status.AVAILABLE);
    assertThat(FastOpenBackends.installed().toString()).contains("MPTCP");
  }

  @ParameterizedTest
  @MethodSource("linux")
  void aConnectorConnectsAsTheJdkDoes(String name) throws Exception {
    FastOpenConnector connector = backend(name).connector();
    for (int connects = 0; connects < 3; connects++) {
      assertJdks(synsOf(open(connector)));
    }
  }

  /** With data in the SYN, the server would wait for the end of the stream for ever. */
  @ParameterizedTest
  @MethodSource("linux")
  void aLostAnswerLosesNoConnection(String name) throws Exception {
    FastOpenConnector connector = backend(name).connector();
    synsOf(open(connector));
    lab.wire().fault(Faults.dropSynAck(1));

    List<Segment> syns = synsOf(open(connector));

    // The first was lost; the next one follows a second SYN, or is the server's own repetition.
    assertThat(lab.wire().segments().stream().filter(Segment::isSynAck)).hasSizeGreaterThan(1);
    assertJdks(syns);
  }

  @ParameterizedTest
  @MethodSource("linux")
  void aSocketConnectsAsTheJdksDoes(String name) throws Exception {
    FastOpenSocketFactory sockets = FastOpenSocketFactory.over(backend(name).connector());
    for (int connects = 0; connects < 3; connects++) {
      assertJdks(
          synsOf(
              to -> {
                try (Socket socket = sockets.createSocket(to.getAddress(), to.getPort())) {
                  assertThat(socket.isConnected()).isTrue();
                  socket.getOutputStream().write(DATA);
                  socket.shutdownOutput();
                  assertThat(socket.getInputStream().readAllBytes())
                      .isEqualTo(CapturingServer.reply());
                }
              }));
    }
  }

  /** The provider is ours: {@link ProviderJvm}. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aChannelConnectsAsTheJdksDoes(boolean blocks) throws Exception {
    for (int connects = 0; connects < 3; connects++) {
      assertJdks(
          synsOf(
              to -> {
                try (SocketChannel channel = SocketChannel.open()) {
                  if (blocks) {
                    channel.connect(to);
                  } else {
                    connect(channel, to);
                  }
                  channel.write(ByteBuffer.wrap(DATA));
                  channel.configureBlocking(true);
                  CapturingServer.finish(channel);
                }
              }));
    }
  }

  private static void connect(SocketChannel channel, InetSocketAddress to) throws IOException {
    try (Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_CONNECT);
      assertThat(channel.connect(to)).isFalse();
      while (!channel.finishConnect()) {
        selector.select(SOON.toMillis());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Libc.IPPROTO_TCP, IPPROTO_MPTCP})
  void aListenerAcceptsDataInTheSynOfAnotherClient(int protocol) throws Exception {
    sendByHand(protocol);
    assertThat(server.next().outcome()).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
    lab.wire().forget();

    sendByHand(protocol);

    CapturingServer.Received second = server.next();
    assertThat(second.bytes()).isEqualTo(DATA);
    assertThat(second.outcome()).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
    Segment syn = lab.wire().syns().get(0);
    assertThat(syn.payload()).isEqualTo(DATA);
    assertThat(syn.options().stream().anyMatch(option -> option.kind() == MPTCP))
        .isEqualTo(protocol == IPPROTO_MPTCP);
    assertThat(lab.server().counter("TCPFastOpenPassive")).isEqualTo(1);
  }

  /** Sends by {@code sendto(MSG_FASTOPEN)}, as no backend of ours does here. */
  private void sendByHand(int protocol) throws Exception {
    lab.client()
        .call(
            () -> {
              byte[] to =
                  ByteBuffer.allocate(16)
                      .order(ByteOrder.nativeOrder())
                      .putShort((short) Libc.AF_INET)
                      .order(ByteOrder.BIG_ENDIAN)
                      .putShort((short) address.getPort())
                      .put(address.getAddress().getAddress())
                      .array();
              int fd = Libc.socket(Libc.AF_INET, Libc.SOCK_STREAM, protocol);
              try {
                assertThat(Libc.sendto(fd, DATA, DATA.length, Libc.MSG_FASTOPEN, to, to.length))
                    .as(() -> "errno " + Native.getLastError())
                    .isEqualTo(DATA.length);
              } finally {
                Libc.close(fd);
              }
              return null;
            });
  }
}
