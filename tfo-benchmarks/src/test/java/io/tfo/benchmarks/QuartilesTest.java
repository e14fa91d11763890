package io.tfo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class QuartilesTest {
  @Test
  void hasTheQuartilesOfAnyOrder() {
    assertThat(Quartiles.of(List.of(5.0, 1.0, 4.0, 2.0, 3.0))).isEqualTo(new Quartiles(2, 3, 4));
  }

  @Test
  void liesBetweenTwoValuesInProportion() {
    assertThat(Quartiles.of(List.of(1.0, 2.0, 3.0, 4.0))).isEqualTo(new Quartiles(1.75, 2.5, 3.25));
  }

  @Test
  void isTheValueItselfWhereThereIsOne() {
    assertThat(Quartiles.of(List.of(7.0))).isEqualTo(new Quartiles(7, 7, 7));
  }

  @Test
  void refusesToHaveQuartilesWithoutValues() {
    assertThatThrownBy(() -> Quartiles.of(List.of())).isInstanceOf(IllegalArgumentException.class);
  }
}
