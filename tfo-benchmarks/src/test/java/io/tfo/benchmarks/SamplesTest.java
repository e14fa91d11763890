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
      rounds.add("contender", 10 * load);
      rounds.add("ours", 5 * load);
    }

    assertThat(rounds.row("ours", "contender").ratio()).isEqualTo(new Quartiles(0.5, 0.5, 0.5));
    assertThat(rounds.row("ours", "contender").value()).isEqualTo(new Quartiles(7.5, 10, 25));
  }

  @Test
  void keepsTheOrderInWhichNamesWereAdded() {
    rounds.add("b", 1);
    rounds.add("a", 1);
    rounds.remark("a", "said");

    assertThat(rounds.against("b")).extracting(TableRow::name).containsExactly("b", "a");
    assertThat(rounds.against("b")).extracting(TableRow::remark).containsExactly("", "said");
  }

  @Test
  void namesWhatWasNotMeasured() {
    assertThatThrownBy(() -> rounds.row("ours", "contender")).hasMessageContaining("ours");
  }
}
