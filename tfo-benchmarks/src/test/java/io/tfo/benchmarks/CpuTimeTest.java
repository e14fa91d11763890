package io.tfo.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class CpuTimeTest {
  @Test
  void isTheFirstFigureOfATask() {
    assertThat(CpuTime.parse("446892 17 3\n")).isEqualTo(446_892);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void growsWhileThisThreadWorks() throws IOException {
    CpuTime before = CpuTime.now();
    long deadline = System.nanoTime() + 30_000_000_000L;
    CpuTime spent = CpuTime.now().since(before);
    while (spent.processNanos() < 20_000_000 && System.nanoTime() < deadline) {
      spent = CpuTime.now().since(before);
    }

    assertThat(spent.threadNanos()).isPositive();
    assertThat(spent.processNanos()).isGreaterThanOrEqualTo(20_000_000);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void countsWhatOtherThreadsOfTheProcessDo() throws Exception {
    CpuTime before = CpuTime.now();
    long deadline = System.nanoTime() + 30_000_000_000L;
    Thread other =
        new Thread(
            () -> {
              while (!Thread.interrupted()) {
                Thread.onSpinWait();
              }
            });
    other.start();
    CpuTime spent = CpuTime.now().since(before);
    while (spent.processNanos() - spent.threadNanos() < 20_000_000
        && System.nanoTime() < deadline) {
      spent = CpuTime.now().since(before);
    }
    other.interrupt();
    other.join(30_000);

    assertThat(spent.processNanos() - spent.threadNanos()).isGreaterThanOrEqualTo(20_000_000);
  }
}
