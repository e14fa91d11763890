package io.tfo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class SamplesTest {
  private final Samples rounds = new Samples();

  @Test
  void comparesOnlyWhatWasMeasuredInTheSameRound() {
    // A machine that gets slower: the ratio stays, whatever the values do.
    for (double load : new double[] {1, 2, 8}) {
      rounds.add("rival", 10 * load);
      rounds.add("ours", 5 * load);
    }

    assertThat(rounds.row("ours", "rival").ratio()).isEqualTo(new Quartiles(0.5, 0.5, 0.5));
    assertThat(rounds.row("ours", "rival").value()).isEqualTo(new Quartiles(7.5, 10, 25));
  }

  @Test
  void keepsTheOrderInWhichRivalsWereAdded() {
    rounds.add("b", 1);
    rounds.add("a", 1);
    rounds.remark("a", "said");

    assertThat(rounds.against("b")).extracting(Row::name).containsExactly("b", "a");
    assertThat(rounds.against("b")).extracting(Row::remark).containsExactly("", "said");
  }

  @Test
  void namesWhoWasNotMeasured() {
    assertThatThrownBy(() -> rounds.row("ours", "rival")).hasMessageContaining("ours");
  }
}
