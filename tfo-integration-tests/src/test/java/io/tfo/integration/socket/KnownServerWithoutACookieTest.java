package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics;
import io.tfo.lab.Segment;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Connects to a server that this process knows and that gives no cookie. The connects are complete
 * when {@code connect} returns. A socket without a timeout finds that out at its first use.
 */
@Timeout(60)
class KnownServerWithoutACookieTest {
  private static final String WRITTEN = "written";

  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private final BlockingQueue<Socket> connected = new LinkedBlockingQueue<>();
  private SocketLab hosts;
  private InetSocketAddress server;
  private FastOpenStatistics before;

  @BeforeEach
  void knowTheServer() throws Exception {
    hosts = SocketLab.open();
    hosts.lab().server().sysctl("net.ipv4.tcp_fastopen", "1"); // the client side alone
    server =
        hosts.serve(
            socket -> {
              socket.getOutputStream().write('h');
              received.add(new String(socket.getInputStream().readAllBytes()));
            });
    hosts.onClient(() -> use(socket -> assertThat(socket.getInputStream().read()).isEqualTo('h')));
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
    before = FastOpenStatistics.snapshot();
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  private interface Use {
    void of(Socket socket) throws Exception;
  }

  private boolean use(Use use) throws Exception {
    try (Socket socket = SocketLab.factory().createSocket(server.getAddress(), server.getPort())) {
      use.of(socket);
    }
    return true;
  }

  private long counted(ToLongFunction<FastOpenStatistics> counter) {
    return counter.applyAsLong(FastOpenStatistics.snapshot()) - counter.applyAsLong(before);
  }

  /** The first use of a socket by a program. */
  enum First {
    WRITE(WRITTEN) {
      @Override
      void of(Socket socket) throws IOException {
        socket.getOutputStream().write(WRITTEN.getBytes());
      }
    },
    READ("") {
      @Override
      void of(Socket socket) throws IOException {
        assertThat(socket.getInputStream().read()).isEqualTo('h');
      }
    },
    SHUTDOWN("") {
      @Override
      void of(Socket socket) throws IOException {
        socket.shutdownOutput();
      }
    },
    OUTCOME("") {
      @Override
      void of(Socket socket) throws IOException {
        assertThat(SocketLab.factory().outcome(socket)).isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
      }
    },
    CLOSE("") {
      @Override
      void of(Socket socket) throws IOException {
        socket.close();
      }
    };

    private final String sent;

    First(String sent) {
      this.sent = sent;
    }

    abstract void of(Socket socket) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void isUsedAsAnyOther(First first) throws Exception {
    List<Segment> syns = hosts.synsOf(() -> use(first::of));

    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(first.sent);
    assertThat(syns).singleElement().matches(Segment::hasFastOpenOption, "asks for a cookie");
    assertThat(syns.get(0).payload()).isEmpty();
    assertThat(counted(FastOpenStatistics::cookieRequested)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::synData)).isZero();
  }

  /** The timer finds it out, and sends nothing. */
  @Test
  void isCountedWhereItIsNotUsed() throws Exception {
    hosts.lab().wire().forget();
    hosts.onClient(
        () ->
            use(
                socket -> {
                  Awaitility.await().until(() -> counted(FastOpenStatistics::cookieRequested) == 1);
                  assertThat(hosts.lab().wire().segments())
                      .filteredOn(segment -> segment.direction() == Segment.Direction.TO_SERVER)
                      .allMatch(segment -> segment.payloadLength() == 0, "has no data");
                  socket.getOutputStream().write(WRITTEN.getBytes());
                }));
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(WRITTEN);
    assertThat(counted(FastOpenStatistics::cookieRequested)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::attempted)).isEqualTo(1);
    assertThat(hosts.lab().wire().syns()).hasSize(1);
  }

  /** The kernel tells a program that TCP Fast Open is off before it tells that it is connected. */
  @Test
  void isUsedAsAnyOtherWhereTheClientSideIsSwitchedOffBefore() throws Exception {
    hosts.onClient(
        () ->
            use(
                socket -> {
                  hosts.lab().client().sysctl("net.ipv4.tcp_fastopen", "0");
                  socket.getOutputStream().write(WRITTEN.getBytes());
                }));
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(WRITTEN);
    assertThat(hosts.lab().wire().syns()).hasSize(2); // with that of the first connection
  }

  @Test
  void failsAtTheFirstWriteAsThePlainSocketWhereTheServerHasReset() throws Exception {
    InetSocketAddress resetting =
        hosts.serve(
            socket -> {
              connected.poll(10, TimeUnit.SECONDS); // a connect can meet a reset, too
              socket.setSoLinger(true, 0);
              received.add("reset");
            });
    Throwable plain = writtenAfterAReset(new Socket(), resetting);
    Throwable unknown = writtenAfterAReset(SocketLab.factory().createSocket(), resetting);
    Throwable known = writtenAfterAReset(SocketLab.factory().createSocket(), resetting);
    assertThat(hosts.lab().wire().syns()).as("SYNs of the known one").hasSize(1);
    assertThat(plain).isInstanceOf(SocketException.class);
    assertThat(List.of(unknown.toString(), known.toString())).containsOnly(plain.toString());
  }

  private Throwable writtenAfterAReset(Socket socket, InetSocketAddress resetting)
      throws Exception {
    return hosts.onClient(
        () -> {
          try (socket) {
            hosts.lab().wire().forget();
            socket.connect(resetting);
            connected.add(socket);
            assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("reset");
            hosts.lab().wire().await(s -> s.has(Segment.Flag.RST));
            awaitNoConnection(resetting);
            return catchThrowable(() -> socket.getOutputStream().write(1));
          }
        });
  }

  /** The client's kernel lists a connection until it gets the reset. */
  private void awaitNoConnection(InetSocketAddress to) {
    String peer = ":%04X ".formatted(to.getPort());
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> connections().stream().noneMatch(line -> line.contains(peer)));
  }

  private List<String> connections() throws Exception {
    return hosts.onClient(
        () -> {
          List<String> lines = new ArrayList<>();
          for (String file : List.of("tcp", "tcp6")) {
            Path list = Path.of("/proc/thread-self/net", file);
            if (Files.exists(list)) { // one of them is missing where there is no IPv6
              lines.addAll(Files.readAllLines(list));
            }
          }
          return lines;
        });
  }
}
