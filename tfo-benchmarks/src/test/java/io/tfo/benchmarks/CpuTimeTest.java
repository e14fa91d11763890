package io.tfo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class CpuTimeTest {
  @Test
  void isReadBehindANameWithSpacesAndParentheses() {
    String stat = "7 (a ) b) S 1 7 7 0 -1 4194560 1 2 3 4 25 13 5 6 20 0 1 0 100 0 0";

    assertThat(CpuTime.parse(stat)).isEqualTo(new CpuTime(250_000_000, 130_000_000));
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void growsWhileThisProcessWorks() {
    CpuTime before = CpuTime.now();
    long deadline = System.nanoTime() + 30_000_000_000L;
    CpuTime spent = CpuTime.now().since(before);
    while (spent.userNanos() + spent.systemNanos() == 0 && System.nanoTime() < deadline) {
      spent = CpuTime.now().since(before);
    }

    assertThat(spent.userNanos() + spent.systemNanos()).isPositive();
  }
}
