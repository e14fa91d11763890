package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.FastOpenOutcome;
import io.tfo.integration.docs.DropInSnippets;
import io.tfo.integration.faults.NetworkCondition;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.StoppedTimer;
import io.tfo.testkit.TestData;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import okhttp3.tls.HandshakeCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sockets of the socket factory in the lab: their SYNs, and the calls before the first write. */
@Timeout(60)
class SocketFactoryOnTheWireTest {
  private static final byte[] REQUEST = "GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] REPLY = "HTTP/1.0 204 Fine\r\n\r\n".getBytes(US_ASCII);

  private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
  private SocketLab hosts;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  /** Reads to the end of the client's stream, keeps that, and replies. */
  private void reply(Socket socket) throws Exception {
    received.add(socket.getInputStream().readAllBytes());
    socket.getOutputStream().write(REPLY);
  }

  private FastOpenOutcome exchange(InetSocketAddress server, byte[] data) throws Exception {
    FastOpenSocketFactory factory = SocketLab.factory();
    try (Socket socket = factory.createSocket(server.getAddress(), server.getPort())) {
      socket.getOutputStream().write(data);
      socket.shutdownOutput();
      assertThat(socket.getInputStream().readAllBytes()).isEqualTo(REPLY);
      return factory.outcome(socket);
    }
  }

  private FastOpenOutcome exchangeOnce(InetSocketAddress server, byte[] data) throws Exception {
    FastOpenOutcome outcome = exchange(server, data);
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(data);
    assertThat(received).as("what arrived twice").isEmpty();
    return outcome;
  }

  /**
   * Returns the SYNs of a task whose sockets hold their SYN until the first use, however long a
   * busy machine takes.
   */
  private List<Segment> synsOf(Callable<?> task) throws Exception {
    return StoppedTimer.during(() -> hosts.synsOf(task));
  }

  private List<Segment> exchangeAndCheck(InetSocketAddress server, byte[] data) throws Exception {
    return synsOf(() -> exchangeOnce(server, data));
  }

  @Test
  void theFirstWriteOfTheSecondConnectionIsInTheSyn() throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);

    List<Segment> first = exchangeAndCheck(server, REQUEST);
    List<Segment> second = exchangeAndCheck(server, REQUEST);

    assertThat(first).singleElement().satisfies(syn -> assertThat(syn.payload()).isEmpty());
    assertThat(first.get(0).fastOpenCookie()).hasValue(new byte[0]);
    assertThat(second)
        .singleElement()
        .satisfies(syn -> assertThat(syn.payload()).isEqualTo(REQUEST));
    assertThat(hosts.lab().server().counter("TCPFastOpenPassive")).isEqualTo(1);
  }

  @UnderEachCondition
  void whateverIsWrongAllDataArrivesOnce(NetworkCondition condition) throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);

    ConditionEvidence.check(
        hosts,
        condition,
        () -> exchangeOnce(server, REQUEST),
        inSyn -> Arrays.equals(inSyn, REQUEST));
    exchangeAndCheck(server, Arrays.copyOf(REQUEST, 3_000_000));
  }

  @Test
  void aLongFirstWriteBeginsInTheSyn() throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    byte[] data = TestData.bytes(1_000_000);
    exchangeAndCheck(server, data);

    List<Segment> syns = exchangeAndCheck(server, data);

    byte[] inSyn = syns.get(0).payload();
    assertThat(inSyn).hasSizeGreaterThan(1000).isEqualTo(Arrays.copyOf(data, inSyn.length));
  }

  @Test
  void onlyWhatIsWrittenFirstIsInTheSyn() throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    exchangeAndCheck(server, REQUEST);

    List<Segment> syns =
        synsOf(
            () -> {
              try (Socket socket =
                  SocketLab.factory().createSocket(server.getAddress(), server.getPort())) {
                socket.getOutputStream().write(new byte[0]);
                socket.getOutputStream().write('a');
                socket.getOutputStream().write("bc".getBytes(US_ASCII));
                socket.shutdownOutput();
                return socket.getInputStream().readAllBytes();
              }
            });

    assertThat(syns)
        .singleElement()
        .satisfies(syn -> assertThat(syn.payload()).containsExactly('a'));
    assertThat(received.poll(10, TimeUnit.SECONDS)).containsExactly('a', 'b', 'c');
  }

  @Test
  void tcpNoDelayIsSetBeforeTheSyn() throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    exchangeAndCheck(server, REQUEST);

    List<Segment> syns =
        synsOf(
            () -> {
              try (Socket socket =
                  DropInSnippets.noDelay().createSocket(server.getAddress(), server.getPort())) {
                assertThat(socket.getTcpNoDelay()).isTrue();
                socket.getOutputStream().write('a');
                assertThat(socket.getTcpNoDelay()).isTrue();
                socket.shutdownOutput();
                return socket.getInputStream().readAllBytes();
              }
            });

    assertThat(syns)
        .singleElement()
        .satisfies(syn -> assertThat(syn.payload()).containsExactly('a'));
  }

  /** The calls that need a connection, and have no data for the SYN. */
  enum First {
    READ {
      @Override
      void on(Socket socket) throws Exception {
        assertThat(socket.getInputStream().read()).isEqualTo(REPLY[0]);
      }
    },
    AVAILABLE {
      @Override
      void on(Socket socket) throws Exception {
        await(() -> socket.getInputStream().available() == REPLY.length);
      }
    },
    SHUTDOWN_OUTPUT {
      @Override
      void on(Socket socket) throws Exception {
        socket.shutdownOutput();
        assertThat(socket.getInputStream().readAllBytes()).isEqualTo(REPLY);
      }
    },
    SHUTDOWN_INPUT {
      @Override
      void on(Socket socket) throws Exception {
        socket.shutdownInput();
      }
    },
    URGENT_DATA {
      @Override
      void on(Socket socket) throws Exception {
        socket.sendUrgentData('!');
      }
    };

    abstract void on(Socket socket) throws Exception;
  }

  @ParameterizedTest
  @EnumSource
  void aCallThatNeedsAConnectionSendsTheSynWithoutData(First first) throws Exception {
    InetSocketAddress server =
        hosts.serve(
            socket -> {
              socket.getOutputStream().write(REPLY);
              socket.shutdownOutput();
              received.add(socket.getInputStream().readAllBytes());
            });
    know(server);

    List<Segment> syns =
        synsOf(
            () -> {
              try (Socket socket =
                  SocketLab.factory().createSocket(server.getAddress(), server.getPort())) {
                assertThat(hosts.lab().wire().syns()).isEmpty();
                first.on(socket);
                return hosts.lab().wire().await(Segment::isSyn);
              }
            });

    assertThat(syns).singleElement().satisfies(syn -> assertThat(syn.payload()).isEmpty());
    assertThat(received.poll(10, TimeUnit.SECONDS)).isNotNull();
  }

  /** Connects once, so that the kernel has a cookie and the process knows the server. */
  private void know(InetSocketAddress server) throws Exception {
    synsOf(
        () -> {
          try (Socket socket =
              SocketLab.factory().createSocket(server.getAddress(), server.getPort())) {
            socket.shutdownOutput();
            return socket.getInputStream().readAllBytes();
          }
        });
    assertThat(received.poll(10, TimeUnit.SECONDS)).isNotNull();
  }

  @Test
  void aServerSeesTheConnectionOfASocketThatIsClosedUnused() throws Exception {
    InetSocketAddress server =
        hosts.serve(socket -> received.add(socket.getInputStream().readAllBytes()));
    know(server);

    hosts.lab().wire().forget();
    hosts.onClient(
        () -> {
          Socket socket = SocketLab.factory().createSocket(server.getAddress(), server.getPort());
          socket.close();
          return socket;
        });

    assertThat(received.poll(30, TimeUnit.SECONDS)).isEmpty();
    assertThat(hosts.lab().wire().syns()) // not before: the close waits for nothing
        .singleElement()
        .satisfies(syn -> assertThat(syn.payload()).isEmpty());
  }

  @Test
  void anotherPortOfAServerIsConnectedToByConnect() throws Exception {
    know(hosts.serve(socket -> received.add(socket.getInputStream().readAllBytes())));
    InetSocketAddress other = hosts.serve(this::reply);

    List<Segment> syns = exchangeAndCheck(other, REQUEST);

    assertThat(syns)
        .singleElement()
        .satisfies(
            syn -> {
              assertThat(syn.payload()).isEmpty();
              assertThat(syn.fastOpenCookie()).hasValueSatisfying(c -> assertThat(c).isNotEmpty());
            });
    assertThat(exchangeAndCheck(other, REQUEST).get(0).payload()).isEqualTo(REQUEST);
  }

  @Test
  void theLocalAddressOfASocketBeforeItsFirstWriteIsThatOfTheSyn() throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    exchangeAndCheck(server, REQUEST);
    SocketAddress[] told = new SocketAddress[1];

    List<Segment> syns =
        synsOf(
            () -> {
              try (Socket socket =
                  SocketLab.factory().createSocket(server.getAddress(), server.getPort())) {
                told[0] = socket.getLocalSocketAddress();
                assertThat(hosts.lab().wire().syns()).isEmpty();
                socket.getOutputStream().write(REQUEST);
                assertThat(socket.getLocalSocketAddress()).isEqualTo(told[0]);
                socket.shutdownOutput();
                return socket.getInputStream().readAllBytes();
              }
            });

    assertThat(syns).singleElement().satisfies(syn -> assertThat(syn.payload()).isEqualTo(REQUEST));
    assertThat(syns.get(0).source()).isEqualTo(told[0]);
  }

  @Test
  void aDestinationThatIsExemptIsConnectedPlainlyByConnect() throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    exchangeAndCheck(server, REQUEST);

    List<Segment> syns =
        synsOf(
            () -> {
              try (Socket socket =
                  SocketLab.factory()
                      .plainFor(to -> to.getPort() == server.getPort())
                      .createSocket(server.getAddress(), server.getPort())) {
                assertThat(socket.isConnected()).isTrue();
                return hosts.lab().wire().await(Segment::isSyn);
              }
            });

    assertThat(syns)
        .singleElement()
        .satisfies(syn -> assertThat(syn.hasFastOpenOption()).isFalse());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aServerThatHasGoneSilentFailsTheFirstUseOnceAndThenConnect(boolean writes) throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    exchangeAndCheck(server, REQUEST);
    hosts.lab().wire().fault(Faults.cut());
    try (Socket first = hosts.onClient(() -> connected(server, 300))) {
      assertThatThrownBy(
              () -> {
                if (writes) {
                  first.getOutputStream().write(REQUEST);
                } else {
                  first.getInputStream().read();
                }
              })
          .isExactlyInstanceOf(SocketTimeoutException.class)
          .hasMessage("Connect timed out");
      assertThat(first.isClosed()).isTrue();
      assertThatThrownBy(() -> first.getInputStream().read())
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("Socket is closed");
    }
    assertThatThrownBy(() -> hosts.onClient(() -> connected(server, 300)))
        .isExactlyInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void aCloseEndsAConnectAndAReadThatWait() throws Exception {
    byte[] accepted = {1};
    InetSocketAddress server =
        hosts.serve(
            socket -> {
              received.add(accepted);
              received.add(socket.getInputStream().readAllBytes());
            });
    know(server);
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
    Socket reading = hosts.onClient(() -> connected(server, 0));
    Future<Throwable> read =
        hosts.lab().client().start(() -> catchThrowable(() -> reading.getInputStream().read()));
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(accepted);
    reading.close();
    assertThat(read.get(10, TimeUnit.SECONDS))
        .isInstanceOf(SocketException.class)
        .hasMessage("Socket closed");
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();

    hosts.lab().wire().fault(Faults.cut());
    hosts.lab().wire().forget();
    Socket connecting = hosts.onClient(() -> connected(server, 0));
    Future<Throwable> write =
        hosts
            .lab()
            .client()
            .start(() -> catchThrowable(() -> connecting.getOutputStream().write(REQUEST)));
    hosts.lab().wire().await(Segment::isSyn);
    connecting.close();
    assertThat(write.get(10, TimeUnit.SECONDS))
        .isInstanceOf(SocketException.class)
        .hasMessage("Socket closed");
  }

  @Test
  void aWriteThatFindsAReadConnectingComesAfterIt() throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    exchangeAndCheck(server, REQUEST);
    hosts.lab().wire().delay(Duration.ofMillis(100));
    hosts.lab().wire().forget();
    try (Socket socket = hosts.onClient(() -> connected(server, 0))) {
      Future<byte[]> reply =
          hosts.lab().client().start(() -> socket.getInputStream().readAllBytes());
      hosts.lab().wire().await(Segment::isSyn);
      socket.getOutputStream().write(REQUEST);
      socket.shutdownOutput();
      assertThat(reply.get(10, TimeUnit.SECONDS)).isEqualTo(REPLY);
    }
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(REQUEST);
    assertThat(hosts.lab().wire().syns()).hasSize(1);
  }

  @Test
  void aClientHelloIsInTheSyn() throws Exception {
    HandshakeCertificates keys = TestKeys.of(hosts.lab().server().ipv4());
    ServerSocket listening = hosts.listen();
    hosts.serve(
        listening,
        accepted -> {
          SSLSocket tls = TestKeys.serverSide(keys.sslSocketFactory(), accepted);
          received.add(tls.getInputStream().readNBytes(REQUEST.length));
          tls.getOutputStream().write(REPLY);
        });
    Callable<byte[]> client =
        () -> {
          String host = hosts.lab().server().ipv4().getHostAddress();
          try (Socket tls =
              DropInSnippets.tls(
                  SocketLab.factory(), keys.sslSocketFactory(), host, listening.getLocalPort())) {
            tls.getOutputStream().write(REQUEST);
            return tls.getInputStream().readNBytes(REPLY.length);
          }
        };

    synsOf(client);
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(REQUEST);
    List<Segment> syns = synsOf(client);
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(REQUEST);
    assertThat(syns)
        .singleElement()
        .satisfies(syn -> assertThat(TestKeys.isClientHello(syn.payload())).isTrue());
  }

  private static Socket connected(InetSocketAddress server, int timeoutMillis) throws Exception {
    Socket socket = SocketLab.factory().createSocket();
    socket.connect(server, timeoutMillis);
    return socket;
  }

  private static void await(Callable<Boolean> condition) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.call()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
