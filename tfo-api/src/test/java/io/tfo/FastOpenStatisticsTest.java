package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.spi.FastOpenActivity;
import io.tfo.spi.FastOpenActivity.Count;
import java.time.Duration;
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
