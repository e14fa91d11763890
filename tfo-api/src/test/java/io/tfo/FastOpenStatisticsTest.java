package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenStatistics.BackOff;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.spi.BackOffSupport;
import io.tfo.spi.FastOpenActivity;
import io.tfo.spi.FastOpenActivity.Count;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Compares two snapshots each: the counters are those of the process, and never go back. */
class FastOpenStatisticsTest {
  @Test
  void countsEachConnectOnceAsAnAttemptOrByTheReasonWhyItIsPlain() {
    FastOpenStatistics before = FastOpenStatistics.snapshot();
    FastOpenActivity.attempted(true);
    FastOpenActivity.attempted(false);
    FastOpenActivity.plain(PlainReason.BACK_OFF);
    FastOpenStatistics after = FastOpenStatistics.snapshot();

    assertThat(after.synData() - before.synData()).isEqualTo(1);
    assertThat(after.cookieRequested() - before.cookieRequested()).isEqualTo(1);
    assertThat(after.attempted() - before.attempted()).isEqualTo(2);
    for (PlainReason reason : PlainReason.values()) {
      assertThat(after.plain().get(reason) - before.plain().get(reason))
          .as(reason.name())
          .isEqualTo(reason == PlainReason.BACK_OFF ? 1 : 0);
    }
  }

  @Test
  void countsWhatServersDidWithTheDataOfASyn() {
    FastOpenStatistics before = FastOpenStatistics.snapshot();
    for (FastOpenOutcome outcome : FastOpenOutcome.values()) {
      FastOpenActivity.outcome(outcome);
    }
    FastOpenActivity.count(Count.RETRANSMITTED);
    FastOpenStatistics after = FastOpenStatistics.snapshot();

    assertThat(after.acknowledged() - before.acknowledged()).isEqualTo(1);
    assertThat(after.notAcknowledged() - before.notAcknowledged()).isEqualTo(1);
    assertThat(after.retransmitted() - before.retransmitted()).isEqualTo(1);
    assertThat(after.attempted()).isEqualTo(before.attempted());
  }

  @Test
  void listsADestinationThatSeveralBackendsReportOnce() {
    FastOpenBackend first = inBackOff(List.of("192.0.2.1:80", "192.0.2.2"));
    FastOpenBackend second = inBackOff(List.of("192.0.2.2", "192.0.2.3:80"));

    assertThat(FastOpenStatistics.backOff(List.of(first, second)))
        .extracting(BackOff::destination)
        .containsExactly("192.0.2.1:80", "192.0.2.2", "192.0.2.3:80");
  }

  private static FastOpenBackend inBackOff(List<String> destinations) {
    return new FakeBackend(
        "fake", 1, new Learned(destinations), new PlainListener(Learned.CAPABILITY));
  }

  /** A connector for which these destinations are in back-off. */
  private record Learned(List<String> destinations) implements FastOpenConnector, BackOffSupport {
    static final FastOpenCapability CAPABILITY = FastOpenCapability.available("fake");

    @Override
    public List<BackOff> backOff(int most) {
      return destinations.stream()
          .limit(most)
          .map(each -> new BackOff(each, Duration.ofSeconds(1)))
          .toList();
    }

    @Override
    public FastOpenCapability capability() {
      return CAPABILITY;
    }

    @Override
    public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
        throws IOException {
      return channel.connect(remote);
    }

    @Override
    public FastOpenOutcome outcome(SocketChannel channel) {
      return FastOpenOutcome.NOT_ATTEMPTED;
    }
  }

  @Test
  void readsOutcomesForTheLongestTimeThatWasAskedFor() {
    assertThat(FastOpenActivity.readsOutcomes()).isFalse();
    FastOpenStatistics.readOutcomes(Duration.ofHours(-1));
    assertThat(FastOpenActivity.readsOutcomes()).isFalse();
    try {
      FastOpenStatistics.readOutcomes(Duration.ofHours(1));
      FastOpenStatistics.readOutcomes(Duration.ZERO);
      assertThat(FastOpenActivity.readsOutcomes()).isTrue();
    } finally {
      FastOpenActivity.stopReadingOutcomes();
    }
    assertThat(FastOpenActivity.readsOutcomes()).isFalse();
  }
}
