package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FastOpenBackendsTest {
  private static final FastOpenCapability ON = FastOpenCapability.available("on");
  private static final FastOpenCapability ABSENT = FastOpenCapability.unsupported("absent");

  @Test
  void printsTheChosenBackendAndBothSidesOfEach() {
    FastOpenBackends backends =
        print(FakeBackend.of("second", 1, ON), FakeBackend.of("first", 2, ON, ABSENT));

    assertThat(backends.toString().lines())
        .containsExactly(
            "first (chosen to connect)",
            "  client AVAILABLE: on",
            "  server UNSUPPORTED: absent",
            "second (chosen to listen)",
            "  client AVAILABLE: on",
            "  server AVAILABLE: on");
    assertThat(backends.list())
        .extracting(FastOpenBackends.Installed::name)
        .containsExactly("first", "second");
  }

  @Test
  void marksABackendThatIsChosenForBothSidesOnce() {
    assertThat(print(FakeBackend.of("only", 1, ON)).toString()).startsWith("only (chosen)");
    assertThat(print(FakeBackend.of("only", 1, ABSENT)).toString().lines().findFirst())
        .contains("only");
  }

  @Test
  void printsThatNothingIsInstalled() {
    assertThat(print()).hasToString("no backend is installed");
    assertThat(print().problems()).isEmpty();
  }

  @Test
  void printsEachProblemOnALineOfItsOwn() {
    FastOpenBackends backends =
        FastOpenBackends.of(
            BackendSelection.of(
                List.<io.tfo.spi.FastOpenBackend>of(FakeBackend.of("only", 1, ON)),
                Optional.of("other")));

    assertThat(backends.toString().lines())
        .last()
        .isEqualTo("problem: -Dio.tfo.backend=other names no installed backend; installed: only");
    assertThat(backends.list()).singleElement().matches(b -> !b.connects() && !b.listens());
  }

  @Test
  void probesAgainForEachSnapshot() {
    Switch side = new Switch();
    BackendSelection selection =
        BackendSelection.of(
            List.of(new FakeBackend("only", 1, side, new PlainListener(ON))), Optional.empty());
    assertThat(FastOpenBackends.of(selection).list().get(0).client()).isEqualTo(ON);

    side.now = FastOpenCapability.disabled("off", "switch it on");

    assertThat(FastOpenBackends.of(selection).list().get(0).client()).isEqualTo(side.now);
    assertThat(FastOpenBackends.of(selection).list().get(0).connects()).isTrue();
  }

  private static FastOpenBackends print(FakeBackend... installed) {
    return FastOpenBackends.of(
        BackendSelection.of(List.<io.tfo.spi.FastOpenBackend>of(installed), Optional.empty()));
  }

  /** A connector whose capability changes. */
  private static final class Switch implements FastOpenConnector {
    FastOpenCapability now = ON;

    @Override
    public FastOpenCapability capability() {
      return now;
    }

    @Override
    public boolean connect(
        java.nio.channels.SocketChannel channel,
        java.net.SocketAddress remote,
        java.nio.ByteBuffer synData) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FastOpenOutcome outcome(java.nio.channels.SocketChannel channel) {
      throw new UnsupportedOperationException();
    }
  }
}
