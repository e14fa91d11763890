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
  private final SwitchableConnector connector = new SwitchableConnector();
  private final CachedAvailability availability = new CachedAvailability(connector, clock::get);

  /** A connector that can be switched off, and that counts its probes. */
  private static final class SwitchableConnector implements FastOpenConnector {
    private boolean on = true;
    private int probes;

    @Override
    public FastOpenCapability capability() {
      probes++;
      return on ? FastOpenCapability.available("on") : FastOpenCapability.disabled("off", "on");
    }

    @Override
    public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData) {
      throw new AssertionError("must not connect");
    }

    @Override
    public FastOpenOutcome outcome(SocketChannel channel) {
      throw new AssertionError("must not ask for the outcome");
    }
  }

  @Test
  void probesOnceForAllConnectsOfASecond() {
    for (int i = 0; i < 1000; i++) {
      assertThat(availability.get()).isTrue();
      clock.addAndGet(CachedAvailability.LIFETIME.toNanos() / 1000);
    }

    assertThat(connector.probes).isOne();
  }

  @Test
  void probesAgainAfterASecond() {
    for (boolean on : new boolean[] {true, false, true}) {
      connector.on = on;

      assertThat(availability.get()).isEqualTo(on);

      connector.on = !on;
      clock.addAndGet(CachedAvailability.LIFETIME.toNanos() - 1);
      assertThat(availability.get()).isEqualTo(on);
      clock.addAndGet(1);
    }
  }
}
