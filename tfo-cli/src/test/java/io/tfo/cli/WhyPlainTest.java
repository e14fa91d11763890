package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenStatistics.PlainReason;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WhyPlainTest {
  @Test
  void namesTheCapabilityWhereItIsNotAvailable() {
    assertThat(WhyPlain.text(FakeReport.OFF, Set.of(PlainReason.EXCLUDED)))
        .isEqualTo("Client side: DISABLED: fake: off (remedy: switch it on)");
  }

  @Test
  void namesTheReasonsOfThisProcessWhereTheCapabilityIsAvailable() {
    assertThat(WhyPlain.text(FakeReport.ON, EnumSet.of(PlainReason.EXCLUDED, PlainReason.BACK_OFF)))
        .contains("The client side is available", "-Dio.tfo.plain", "back-off");
  }

  @Test
  void namesTheKernelWhereThisProcessCountedNoReason() {
    assertThat(WhyPlain.text(FakeReport.ON, Set.of())).contains("the kernel");
  }
}
