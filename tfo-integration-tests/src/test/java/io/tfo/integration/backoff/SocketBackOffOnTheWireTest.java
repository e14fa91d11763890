package io.tfo.integration.backoff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.integration.socket.SocketLab;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.lab.Segment.Fate;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.StoppedTimer;
import io.tfo.testkit.TestData;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The back-off of the socket factory's sockets, by a clock that stands still unless the test
 * advances it: how long a busy machine takes for a connect says nothing about the network.
 */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class SocketBackOffOnTheWireTest {
  private static final byte[] DATA = TestData.bytes(200);

  private static final int CONNECTS = 7;

  private static final Duration SECOND_SYN = Duration.ofSeconds(1);

  /** The harm that a network does to SYNs. */
  enum Harm {
    DROPS_DATA(Faults.dropSynData()),
    RESETS_DATA(Faults.edit(Faults::isSynWithData, Segment::reset)),
    DROPS_OPTION(Faults.drop(Harm::hasOption));

    private final Fault fault;

    Harm(Fault fault) {
      this.fault = fault;
    }

    private static boolean hasOption(Segment segment) {
      return segment.isSyn() && segment.hasFastOpenOption();
    }
  }

  /** Whether a client waits for the second SYN, which is sent after a second. */
  enum Patience {
    NO_TIMEOUT(0),
    ENOUGH(5000),
    TOO_LITTLE(500);

    private final int millis;

    Patience(int millis) {
      this.millis = millis;
    }

    /** How long a connect takes whose first SYN is dropped. */
    Duration ofDropped() {
      return this == TOO_LITTLE ? Duration.ofMillis(millis) : SECOND_SYN;
    }
  }

  /** Each case has a simulated kernel of its own: macOS' learns of losses, too. */
  static Stream<Arguments> harmed() {
    return BackendsUnderTest.ALL.entrySet().stream()
        .flatMap(
            each ->
                Arrays.stream(Harm.values())
                    .flatMap(
                        harm ->
                            Arrays.stream(Patience.values())
                                .map(
                                    patience ->
                                        Arguments.of(
                                            each.getKey(),
                                            harm,
                                            patience,
                                            each.getValue().get()))));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("harmed")
  void whereSynsAreAlwaysHarmedTwoSocketsSufferAndPlainOnesFollow(
      String name, Harm harm, Patience patience, FastOpenBackend underneath) throws Exception {
    ClockedBackend backend = new ClockedBackend(underneath);
    backend.stop();
    FastOpenSocketFactory sockets = FastOpenSocketFactory.over(backend.connector());
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server = serve(hosts);
      getToKnow(hosts, sockets, backend, server);
      assertThat(syns(hosts)).first().matches(syn -> syn.payloadLength() == DATA.length);

      hosts.lab().wire().fault(backend.passing(patience.ofDropped(), harm.fault));
      int suffered = 0;
      for (int i = 0; i < CONNECTS; i++) {
        boolean isAnswered = exchange(hosts, sockets, backend, server, patience);
        boolean isHarmed = syns(hosts).stream().anyMatch(syn -> syn.fate() != Fate.DELIVERED);
        suffered += isHarmed ? 1 : 0;
        // A busy machine may not answer in the time of those that have too little.
        assertThat(isAnswered || isHarmed || patience == Patience.TOO_LITTLE).isTrue();
      }
      assertThat(suffered).isEqualTo(2);
      assertThat(syns(hosts)).noneMatch(Segment::hasFastOpenOption);

      hosts.lab().wire().clearFaults();
      backend.pass(ClockedBackend.FIRST);
      assertThat(exchange(hosts, sockets, backend, server, Patience.ENOUGH)).isTrue();
      assertThat(syns(hosts).get(0).hasFastOpenOption()).as("tries again").isTrue();
    }
  }

  static Stream<Arguments> backends() {
    return BackendsUnderTest.ALL.values().stream()
        .map(Supplier::get)
        .map(backend -> Arguments.of(backend.name(), backend));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("backends")
  void whereTheSynThatAsksForACookieIsResetTwoSocketsSuffer(String name, FastOpenBackend underneath)
      throws Exception {
    ClockedBackend backend = new ClockedBackend(underneath);
    backend.stop();
    FastOpenSocketFactory sockets = FastOpenSocketFactory.over(backend.connector());
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server = serve(hosts);
      hosts.lab().wire().fault(Faults.edit(Harm::hasOption, Segment::reset));
      List<Boolean> answered = new ArrayList<>();
      for (int i = 0; i < CONNECTS; i++) {
        answered.add(exchange(hosts, sockets, backend, server, Patience.NO_TIMEOUT));
      }
      assertThat(answered).filteredOn(each -> !each).hasSize(2);
    }
  }

  /** The server is the first to speak, so the SYN has a cookie and no data. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("backends")
  void whereTheOptionIsDroppedTwoSocketsSufferThoughNoSynHasData(
      String name, FastOpenBackend underneath) throws Exception {
    ClockedBackend backend = new ClockedBackend(underneath);
    backend.stop();
    FastOpenSocketFactory sockets = FastOpenSocketFactory.over(backend.connector());
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server = hosts.serve(socket -> socket.getOutputStream().write(1));
      readOne(hosts, sockets, server);
      backend.pass(Duration.ofMillis(1));
      readOne(hosts, sockets, server);
      hosts.lab().wire().fault(backend.passing(SECOND_SYN, Harm.DROPS_OPTION.fault));
      int suffered = 0;
      for (int i = 0; i < CONNECTS; i++) {
        hosts.lab().wire().forget();
        backend.pass(Duration.ofMillis(1));
        readOne(hosts, sockets, server);
        suffered += syns(hosts).stream().anyMatch(syn -> syn.fate() != Fate.DELIVERED) ? 1 : 0;
      }

      assertThat(suffered).isEqualTo(2);
    }
  }

  private static void readOne(
      SocketLab hosts, FastOpenSocketFactory sockets, InetSocketAddress server) throws Exception {
    hosts.onClient(
        () -> {
          try (Socket socket = sockets.createSocket()) {
            socket.connect(server);
            assertThat(socket.getInputStream().read()).isEqualTo(1);
          }
          return null;
        });
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("backends")
  void aCloseThatEndsAFirstWriteTellsThatItsSynIsNotAnswered(
      String name, FastOpenBackend underneath) throws Exception {
    ClockedBackend backend = new ClockedBackend(underneath);
    backend.stop();
    FastOpenSocketFactory sockets = FastOpenSocketFactory.over(backend.connector());
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server = serve(hosts);
      getToKnow(hosts, sockets, backend, server);
      backend.goOn();
      hosts.lab().wire().fault(Faults.cut());
      hosts.lab().wire().forget();
      Socket socket = sockets.createSocket();
      Future<Throwable> writer =
          hosts.lab().client().start(() -> catchThrowable(() -> write(socket, server)));
      hosts.lab().wire().await(Segment::isSyn);
      backend.pass(Duration.ofMinutes(1));
      assertThat(backend.remembers(server)).isFalse();
      socket.close();

      assertThat(writer.get(20, TimeUnit.SECONDS)).hasMessage("Socket closed");
      assertThat(backend.remembers(server)).isTrue();
      assertTimesOut(hosts, sockets, server);
      backend.pass(Duration.ofSeconds(10)); // the plain connect was not answered, either
      assertTimesOut(hosts, sockets, server);
    }
  }

  private static void write(Socket socket, InetSocketAddress server) throws IOException {
    socket.connect(server);
    socket.getOutputStream().write(DATA);
  }

  /** Asserts that {@code connect} times out: the server no longer counts as known. */
  private static void assertTimesOut(
      SocketLab hosts, FastOpenSocketFactory sockets, InetSocketAddress server) throws IOException {
    try (Socket socket = sockets.createSocket()) {
      assertThatThrownBy(
              () ->
                  hosts.onClient(
                      () -> {
                        socket.connect(server, 200);
                        return null;
                      }))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  /** Answers a connection's data. */
  private static InetSocketAddress serve(SocketLab hosts) throws Exception {
    return hosts.serve(
        socket -> {
          if (socket.getInputStream().readNBytes(DATA.length).length == DATA.length) {
            socket.getOutputStream().write(1);
          }
        });
  }

  private static List<Segment> syns(SocketLab hosts) {
    return hosts.lab().wire().syns();
  }

  /** Exchanges data twice: the first time asks for a cookie. */
  private static void getToKnow(
      SocketLab hosts,
      FastOpenSocketFactory sockets,
      ClockedBackend backend,
      InetSocketAddress server)
      throws Exception {
    for (int i = 0; i < 2; i++) {
      assertThat(exchange(hosts, sockets, backend, server, Patience.NO_TIMEOUT)).isTrue();
    }
  }

  /** Connects and writes, while the timer stands still. Returns whether the data was answered. */
  private static boolean exchange(
      SocketLab hosts,
      FastOpenSocketFactory sockets,
      ClockedBackend backend,
      InetSocketAddress server,
      Patience patience)
      throws Exception {
    hosts.lab().wire().forget();
    backend.pass(Duration.ofMillis(1)); // it begins later than the one before
    return StoppedTimer.during(
        () ->
            hosts.onClient(
                () -> {
                  try (Socket socket = sockets.createSocket()) {
                    socket.connect(server, patience.millis);
                    socket.getOutputStream().write(DATA);
                    return socket.getInputStream().read() == 1;
                  } catch (IOException e) {
                    return false;
                  }
                }));
  }
}
