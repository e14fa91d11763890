package io.tfo.integration.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Faults;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.BackendLab;
import io.tfo.testkit.RuleSkipped;
import io.tfo.testkit.SelectorConnect;
import io.tfo.testkit.SynEvidence;
import io.tfo.testkit.TestData;
import io.tfo.testkit.TestedBackend;
import java.time.Duration;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A back-off from its beginning to its end, by a clock that the test advances. */
@Timeout(60)
class BackOffOnTheWireTest {
  private static final byte[] DATA = TestData.bytes(200);

  private static final String ONE_WAITS = "plain for now where a SYN was lost: 1 destination";

  /** How a channel is connected. */
  private enum Mode {
    BLOCKING,
    NON_BLOCKING
  }

  static Stream<Arguments> backends() {
    return BackendsUnderTest.ALL.values().stream()
        .map(Supplier::get)
        .filter(backend -> backend.plainWhenNonBlocking().isEmpty())
        .flatMap(
            backend ->
                Stream.of(Mode.values()).map(mode -> Arguments.of(backend.name(), mode, backend)));
  }

  private static BackendLab open(FastOpenBackend backend) throws Exception {
    try {
      return BackendLab.withWire(new TestedBackend(backend));
    } catch (RuleSkipped e) {
      return Assumptions.abort(e.getMessage());
    }
  }

  private static BackendLab.Exchange exchange(BackendLab lab, ClockedBackend backend, Mode mode)
      throws Exception {
    return mode == Mode.BLOCKING
        ? lab.exchange(DATA)
        : lab.exchange(
            DATA,
            (address, data) -> SelectorConnect.written(new TestedBackend(backend), address, data));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("backends")
  void aDestinationIsTriedAgainAfterEachWaitAndForgottenWhenItsPathIsMended(
      String name, Mode mode, FastOpenBackend underneath) throws Exception {
    ClockedBackend backend = new ClockedBackend(underneath);
    try (BackendLab lab = open(backend)) {
      lab.fetchCookie();
      lab.wire().fault(Faults.dropSynData());
      lost(exchange(lab, backend, mode));
      untilPlain(lab, backend, mode);
      assertThat(detail(lab, backend)).endsWith(ONE_WAITS);

      backend.pass(ClockedBackend.FIRST);
      lost(exchange(lab, backend, mode));
      untilPlain(lab, backend, mode);
      backend.pass(ClockedBackend.FIRST);
      SynEvidence.plain(exchange(lab, backend, mode));

      lab.wire().clearFaults();
      SynEvidence.plain(exchange(lab, backend, mode));
      backend.pass(ClockedBackend.FIRST);
      SynEvidence.carried(lab, exchange(lab, backend, mode), DATA);
      awaitForgotten(lab, backend);
      SynEvidence.carried(lab, exchange(lab, backend, mode), DATA);
    }
  }

  private static void lost(BackendLab.Exchange exchange) {
    assertThat(exchange.syn().payload()).isEqualTo(DATA);
    assertThat(exchange.syns()).hasSizeGreaterThan(1);
    SynEvidence.told("client", exchange.client(), FastOpenOutcome.SYN_RETRANSMITTED);
  }

  /** A loss of a non-blocking connect is noticed by a timer, which may be late. */
  private static void untilPlain(BackendLab lab, ClockedBackend backend, Mode mode)
      throws Exception {
    for (int i = 0; i < 5; i++) {
      BackendLab.Exchange exchange = exchange(lab, backend, mode);
      if (mode == Mode.BLOCKING || exchange.syn().payloadLength() == 0) {
        SynEvidence.plain(exchange);
        assertThat(exchange.syns()).hasSize(1);
        return;
      }
    }
    throw new AssertionError("no loss is noticed");
  }

  private static String detail(BackendLab lab, ClockedBackend backend) throws Exception {
    return lab.client().call(() -> backend.connector().capability()).detail();
  }

  private static void awaitForgotten(BackendLab lab, ClockedBackend backend) throws Exception {
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (detail(lab, backend).endsWith(ONE_WAITS)) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
