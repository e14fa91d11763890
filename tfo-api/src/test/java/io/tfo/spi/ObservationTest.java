package io.tfo.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.tfo.FastOpenOutcome;
import io.tfo.test.FailingLog;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** A failure to log a connection does not reach the code that makes or accepts it. */
class ObservationTest {
  private static final InetSocketAddress PEER =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 443);

  @Test
  void observingAnAcceptedConnectionDoesNotThrowThoughTheLogFails() {
    try (FailingLog log = new FailingLog("io.tfo.accept")) {
      assertThat(FastOpenActivity.isAcceptObserved()).isTrue();
      assertThatIllegalStateException()
          .isThrownBy(
              () -> System.getLogger("io.tfo.accept").log(System.Logger.Level.DEBUG, "a line"));

      int before = log.failures();
      AcceptObservation.accepted(PEER, 80, () -> FastOpenOutcome.SYN_DATA_ACKED);
      assertThat(log.failures()).isEqualTo(before + 1);
    }
  }

  @Test
  void observingAConnectDoesNotThrowThoughTheLogFails() {
    try (FailingLog log = new FailingLog("io.tfo.connect")) {
      ConnectObservation observation = ConnectObservation.begin("sockets", "fake");
      assertThat(observation).isNotNull();

      observation.end(PEER, 1, () -> FastOpenOutcome.SYN_DATA_ACKED, null);
      assertThat(log.failures()).isEqualTo(1);
    }
  }
}
