package io.tfo.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class CallRecordTest {
  private static final List<String> SIMULATED =
      List.of("# a system", "== first", "send 20 -> 20", "* connected # after 5 ms", "== second");

  @Test
  void timesAndTheSystemAreNotCompared() {
    assertThat(
            CallRecord.differences(
                SIMULATED,
                List.of("# another", "== first", "send 20 -> 20", "* connected # after 7 ms")))
        .isEmpty();
  }

  @Test
  void aSectionThatDiffersIsReportedWithBothSides() {
    assertThat(
            CallRecord.differences(
                SIMULATED,
                List.of("== first", "send 20 -> -36", "* connected", "== third", "recv 1 -> -35")))
        .containsExactly(
            "== first",
            "- send 20 -> 20",
            "- * connected",
            "+ send 20 -> -36",
            "+ * connected",
            "== third",
            "+ recv 1 -> -35");
  }
}
