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
        .isEqualTo(
            "The client side is available, but SYNs to the destination were lost or refused before"
                + " (back-off); a setting of this process excludes the destination,"
                + " as -Dio.tfo.plain does.");
  }

  @Test
  void namesTheKernelWhereThisProcessCountedNoReason() {
    assertThat(WhyPlain.text(FakeReport.ON, Set.of()))
        .isEqualTo("The client side is available, but the kernel has sent no SYN with the option.");
  }
}
