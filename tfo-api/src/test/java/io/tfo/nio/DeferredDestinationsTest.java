package io.tfo.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.tfo.test.FailingLog;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.BitSet;
import org.junit.jupiter.api.Test;

class DeferredDestinationsTest {
  /** The first connect that is not deferred is logged at INFO. */
  @Test
  @SuppressWarnings("try") // the log is there for its effect
  void aConnectIsPlainThoughTheLogFails() {
    InetSocketAddress other = new InetSocketAddress(InetAddress.getLoopbackAddress(), 80);
    try (FailingLog log = new FailingLog("io.tfo")) {
      assertThatIllegalStateException()
          .isThrownBy(() -> System.getLogger("io.tfo").log(System.Logger.Level.INFO, "a line"));

      assertThat(new DeferredDestinations(new BitSet(), "", "NIO channel").test(other)).isFalse();
    }
  }
}
