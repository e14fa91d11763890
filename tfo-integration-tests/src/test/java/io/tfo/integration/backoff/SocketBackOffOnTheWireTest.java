package io.tfo.integration.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.integration.socket.SocketLab;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.TestData;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The back-off of the socket factory's sockets, by a clock that the test advances. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class SocketBackOffOnTheWireTest {
  private static final byte[] DATA = TestData.bytes(200);

  private static final int CONNECTS = 7;

  /** An answer that a busy machine delays is checked by a plain connect on some systems. */
  private static final int MOST_TRIES = 6;

  /** What a network does to SYNs. */
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
  }

  static Stream<Arguments> harmed() {
    return BackendsUnderTest.ALL.values().stream()
        .map(Supplier::get)
        .flatMap(
            backend ->
                Arrays.stream(Harm.values())
                    .flatMap(
                        harm ->
                            Arrays.stream(Patience.values())
                                .map(
                                    patience ->
                                        Arguments.of(backend.name(), harm, patience, backend))));
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("harmed")
  void whereSynsAreAlwaysHarmedTwoSocketsSufferAndPlainOnesFollow(
      String name, Harm harm, Patience patience, FastOpenBackend underneath) throws Exception {
    ClockedBackend backend = new ClockedBackend(underneath);
    FastOpenSocketFactory sockets = FastOpenSocketFactory.over(backend.connector());
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server =
          hosts.serve(
              socket -> {
                if (socket.getInputStream().readNBytes(DATA.length).length == DATA.length) {
                  socket.getOutputStream().write(1);
                }
              });
      boolean isInSyn = false;
      for (int i = 0; i < MOST_TRIES && !isInSyn; i++) {
        assertThat(exchange(hosts, sockets, server, Patience.NO_TIMEOUT)).isTrue();
        isInSyn = syns(hosts).get(0).payloadLength() == DATA.length;
      }
      assertThat(isInSyn).isTrue();

      hosts.lab().wire().fault(harm.fault);
      List<Boolean> suffered = new ArrayList<>();
      for (int i = 0; i < CONNECTS; i++) {
        boolean isAnswered = exchange(hosts, sockets, server, patience);
        suffered.add(!isAnswered || syns(hosts).size() > 1);
      }
      assertThat(suffered).filteredOn(each -> each).hasSize(2);
      assertThat(syns(hosts)).noneMatch(Segment::hasFastOpenOption);

      hosts.lab().wire().clearFaults();
      backend.pass(ClockedBackend.FIRST);
      assertThat(exchange(hosts, sockets, server, Patience.ENOUGH)).isTrue();
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
    FastOpenSocketFactory sockets = FastOpenSocketFactory.over(backend.connector());
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server =
          hosts.serve(
              socket -> {
                if (socket.getInputStream().readNBytes(DATA.length).length == DATA.length) {
                  socket.getOutputStream().write(1);
                }
              });
      hosts.lab().wire().fault(Faults.edit(Harm::hasOption, Segment::reset));
      List<Boolean> answered = new ArrayList<>();
      for (int i = 0; i < CONNECTS; i++) {
        answered.add(exchange(hosts, sockets, server, Patience.NO_TIMEOUT));
      }
      assertThat(answered).filteredOn(each -> !each).hasSize(2);
    }
  }

  private static List<Segment> syns(SocketLab hosts) {
    return hosts.lab().wire().syns();
  }

  /** Returns whether the data was answered. */
  private static boolean exchange(
      SocketLab hosts, FastOpenSocketFactory sockets, InetSocketAddress server, Patience patience)
      throws Exception {
    hosts.lab().wire().forget();
    return hosts.onClient(
        () -> {
          try (Socket socket = sockets.createSocket()) {
            socket.connect(server, patience.millis);
            socket.getOutputStream().write(DATA);
            return socket.getInputStream().read() == 1;
          } catch (IOException e) {
            return false;
          }
        });
  }
}
