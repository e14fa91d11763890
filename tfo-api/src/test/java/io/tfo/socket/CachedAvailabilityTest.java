package io.tfo.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class CachedAvailabilityTest {
  private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 10);
  private final Switch connector = new Switch();
  private final CachedAvailability availability = new CachedAvailability(connector, clock::get);

  /** Can be switched off, and counts who asks. */
  private static final class Switch implements FastOpenConnector {
    private boolean on = true;
    private int asked;

    @Override
    public FastOpenCapability capability() {
      asked++;
      return on ? FastOpenCapability.available("on") : FastOpenCapability.disabled("off", "on");
    }

    @Override
    public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData) {
      throw new AssertionError("nobody connects");
    }

    @Override
    public FastOpenOutcome outcome(SocketChannel channel) {
      throw new AssertionError("nobody asks");
    }
  }

  @Test
  void isFoundOutOnceForASecondOfConnects() {
    for (int i = 0; i < 1000; i++) {
      assertThat(availability.get()).isTrue();
      clock.addAndGet(CachedAvailability.KEPT.toNanos() / 1000);
    }

    assertThat(connector.asked).isOne();
  }

  @Test
  void isFoundOutAnewAfterThatWhateverItWas() {
    for (boolean on : new boolean[] {true, false, true}) {
      connector.on = on;

      assertThat(availability.get()).isEqualTo(on);

      connector.on = !on;
      clock.addAndGet(CachedAvailability.KEPT.toNanos() - 1);
      assertThat(availability.get()).isEqualTo(on);
      clock.addAndGet(1);
    }
  }
}
