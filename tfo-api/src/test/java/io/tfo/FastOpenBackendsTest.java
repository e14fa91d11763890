package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.spi.FastOpenBackend;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class FastOpenBackendsTest {
  private static final FastOpenCapability ON = FastOpenCapability.available("on");
  private static final FastOpenCapability ABSENT = FastOpenCapability.unsupported("absent");

  @Test
  void printsTheChosenBackendAndBothSidesOfEach() {
    FastOpenBackends backends =
        snapshot(FakeBackend.of("second", 1, ON), FakeBackend.of("first", 2, ON, ABSENT));

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
    assertThat(snapshot(FakeBackend.of("only", 1, ON)).toString()).startsWith("only (chosen)");
    assertThat(snapshot(FakeBackend.of("only", 1, ABSENT)).toString().lines().findFirst())
        .contains("only");
  }

  @Test
  void reportsThatNoBackendIsInstalled() {
    assertThat(snapshot()).hasToString("no backend is installed");
    assertThat(snapshot().problems()).isEmpty();
  }

  @Test
  void printsEachProblemOnALineOfItsOwn() {
    FastOpenBackends backends =
        FastOpenBackends.of(
            BackendSelection.of(
                List.<FastOpenBackend>of(FakeBackend.of("only", 1, ON)), Optional.of("other")));

    assertThat(backends.toString().lines())
        .last()
        .isEqualTo("problem: -Dio.tfo.backend=other names no installed backend; installed: only");
    assertThat(backends.list()).singleElement().matches(b -> !b.connects() && !b.listens());
  }

  @Test
  void probesAgainForEachSnapshot() {
    SwitchableConnector connector = new SwitchableConnector();
    BackendSelection selection =
        BackendSelection.of(
            List.of(new FakeBackend("only", 1, connector, new PlainListener(ON))),
            Optional.empty());
    assertThat(FastOpenBackends.of(selection).list().get(0).client()).isEqualTo(ON);

    connector.current = FastOpenCapability.disabled("off", "switch it on");

    assertThat(FastOpenBackends.of(selection).list().get(0).client()).isEqualTo(connector.current);
    assertThat(FastOpenBackends.of(selection).list().get(0).connects()).isTrue();
  }

  private static FastOpenBackends snapshot(FakeBackend... installed) {
    return FastOpenBackends.of(
        BackendSelection.of(List.<FastOpenBackend>of(installed), Optional.empty()));
  }

  /** A connector whose capability can be changed. */
  private static final class SwitchableConnector implements FastOpenConnector {
    private FastOpenCapability current = ON;

    @Override
    public FastOpenCapability capability() {
      return current;
    }

    @Override
    public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData) {
      throw new UnsupportedOperationException();
    }

    @Override
    public FastOpenOutcome outcome(SocketChannel channel) {
      throw new UnsupportedOperationException();
    }
  }
}
