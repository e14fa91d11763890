package io.tfo.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.backoff.BackOff.PlainNow;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** The text in which the back-off is reported to users. */
class PlainNowTest {
  private final AtomicLong clock = new AtomicLong();
  private final BackOff backOff = new BackOff(clock::get, 100);

  private void lose(InetSocketAddress destination) {
    for (int i = 0; i < 2; i++) {
      long start = clock.getAndAdd(Duration.ofMillis(200).toNanos());
      backOff.retransmitted(destination, start, true);
    }
  }

  @Test
  void namesDestinationsAndHowLongTheyWaitOn() {
    lose(new InetSocketAddress("192.0.2.1", 443));
    clock.addAndGet(Duration.ofSeconds(1).toNanos());

    assertThat(backOff.plainNow(9))
        .containsExactly(new PlainNow("192.0.2.1:443", BackOff.FIRST.minus(Duration.ofSeconds(1))));
  }

  @Test
  void putsIpv6AddressesIntoBrackets() {
    lose(new InetSocketAddress("2001:db8::1", 443));

    assertThat(backOff.plainNow(9))
        .containsExactly(new PlainNow("[2001:db8:0:0:0:0:0:1]:443", BackOff.FIRST));
  }

  @Test
  void namesTheInterfaceOfALinkLocalAddress() throws Exception {
    lose(BackOffSimulation.linkLocal(7, 443));

    assertThat(backOff.plainNow(9))
        .extracting(PlainNow::destination)
        .containsExactly("[fe80:0:0:0:0:0:0:1%7]:443");
  }

  @Test
  void listsEverywhereFirst() {
    lose(new InetSocketAddress("192.0.2.1", 443));
    lose(new InetSocketAddress("192.0.2.1", 80));
    lose(new InetSocketAddress("192.0.2.2", 443));

    assertThat(backOff.plainNow(9))
        .extracting(PlainNow::destination)
        .containsExactlyInAnyOrder(
            "everywhere", "192.0.2.1", "192.0.2.1:443", "192.0.2.1:80", "192.0.2.2:443")
        .startsWith("everywhere");
    assertThat(backOff.plainNow(1)).extracting(PlainNow::destination).containsExactly("everywhere");
    assertThat(backOff.isEverywhere()).isTrue();

    clock.addAndGet(BackOff.FIRST.toNanos());
    assertThat(backOff.isEverywhere()).isFalse();
  }

  @Test
  void listsNeitherOneLossNorAWaitThatIsOver() {
    backOff.retransmitted(new InetSocketAddress("192.0.2.1", 443), clock.get(), true);
    assertThat(backOff.plainNow(9)).isEmpty();
    clock.addAndGet(Duration.ofSeconds(1).toNanos());
    lose(new InetSocketAddress("192.0.2.1", 443));
    assertThat(backOff.plainNow(9)).hasSize(1);

    clock.addAndGet(BackOff.FIRST.toNanos());

    assertThat(backOff.plainNow(9)).isEqualTo(List.of());
  }
}
