package io.tfo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.backend.bsd.SimulatedBsd;
import io.tfo.backend.darwin.SimulatedDarwin;
import io.tfo.jna.Clocked;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.lab.Faults;
import io.tfo.testkit.sim.DarwinKernel;
import io.tfo.testkit.sim.FreeBsdKernel;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A back-off from its beginning to its end, by a clock that the test can set on. */
@Timeout(60)
class BackOffOnTheWireTest {
  private static final byte[] DATA = ClientRules.bytes(200);

  private static final String ONE_WAITS = "plain for now where a SYN was lost: 1 destination";

  /** How a channel is connected. */
  private enum Mode {
    BLOCKING,
    NON_BLOCKING
  }

  static Stream<Arguments> backends() {
    return Stream.concat(
            Conformance.backends().stream()
                .filter(
                    backend ->
                        backend.connector().capability().status()
                            != FastOpenCapability.Status.UNSUPPORTED),
            Stream.of(SimulatedBsd.on(new FreeBsdKernel()), SimulatedDarwin.on(new DarwinKernel())))
        .flatMap(
            backend ->
                Stream.of(Mode.values()).map(mode -> Arguments.of(backend.name(), mode, backend)));
  }

  private static Hosts hosts(FastOpenBackend backend) throws Exception {
    try {
      return Hosts.withWire(new Subject(backend));
    } catch (RuleSkipped e) {
      return Assumptions.abort(e.getMessage());
    }
  }

  private static Hosts.Exchange exchange(Hosts hosts, Clocked backend, Mode mode) throws Exception {
    return mode == Mode.BLOCKING
        ? hosts.exchange(DATA)
        : hosts.exchange(
            DATA, (address, data) -> WireRules.written(new Subject(backend), address, data));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("backends")
  void aDestinationIsTriedAgainAfterEachWaitAndForgottenWhenItsPathIsMended(
      String name, Mode mode, FastOpenBackend underneath) throws Exception {
    Clocked backend = new Clocked(underneath);
    try (Hosts hosts = hosts(backend)) {
      hosts.fetchCookie();
      hosts.wire().fault(Faults.dropSynData());
      lost(exchange(hosts, backend, mode));
      untilPlain(hosts, backend, mode);
      assertThat(detail(hosts, backend)).endsWith(ONE_WAITS);

      backend.pass(Clocked.FIRST);
      lost(exchange(hosts, backend, mode));
      untilPlain(hosts, backend, mode);
      backend.pass(Clocked.FIRST);
      WireRules.plainly(exchange(hosts, backend, mode));

      hosts.wire().clearFaults();
      WireRules.plainly(exchange(hosts, backend, mode));
      backend.pass(Clocked.FIRST);
      WireRules.carried(hosts, exchange(hosts, backend, mode), DATA);
      awaitForgotten(hosts, backend);
      WireRules.carried(hosts, exchange(hosts, backend, mode), DATA);
    }
  }

  private static void lost(Hosts.Exchange exchange) {
    assertThat(exchange.syn().payload()).isEqualTo(DATA);
    assertThat(exchange.syns()).hasSizeGreaterThan(1);
    WireRules.told("client", exchange.client(), FastOpenOutcome.SYN_RETRANSMITTED);
  }

  /** A loss of a non-blocking connect is noticed by a timer, which may be late. */
  private static void untilPlain(Hosts hosts, Clocked backend, Mode mode) throws Exception {
    for (int i = 0; i < 5; i++) {
      Hosts.Exchange exchange = exchange(hosts, backend, mode);
      if (mode == Mode.BLOCKING || exchange.syn().payloadLength() == 0) {
        WireRules.plainly(exchange);
        assertThat(exchange.syns()).hasSize(1);
        return;
      }
    }
    throw new AssertionError("no loss is noticed");
  }

  private static String detail(Hosts hosts, Clocked backend) throws Exception {
    return hosts.client().call(() -> backend.connector().capability()).detail();
  }

  private static void awaitForgotten(Hosts hosts, Clocked backend) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (detail(hosts, backend).endsWith(ONE_WAITS)) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
