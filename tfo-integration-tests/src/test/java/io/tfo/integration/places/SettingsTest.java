package io.tfo.integration.places;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenBackends.Installed;
import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The kernel's own file of {@code net.ipv4.tcp_fastopen}, which is not read as other files are. */
@Timeout(60)
class SettingsTest {
  private static final String SETTING = "net.ipv4.tcp_fastopen";
  private static final int ALL_BITS = 0x1 + 0x2 + 0x4 + 0x200 + 0x400;

  @Test
  void eachCombinationOfBitsIsReportedAsTheKernelHasIt() throws Exception {
    try (Lab lab = Labs.twoHosts()) {
      int[] combinations =
          IntStream.rangeClosed(0, ALL_BITS).filter(v -> (v & ~ALL_BITS) == 0).toArray();
      for (int value : combinations) {
        tells(lab, String.valueOf(value), value);
      }
      assertThat(combinations).hasSize(32).contains(519, 1027);
    }
  }

  @Test
  void numbersWithOtherBitsAndSignsAreReportedAsTheKernelHasThem() throws Exception {
    try (Lab lab = Labs.twoHosts()) {
      for (int value : new int[] {-1, -2, 10, 2051, 32768, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
        tells(lab, String.valueOf(value), value);
      }
      tells(lab, "0x403", 1027);
    }
  }

  private static void tells(Lab lab, String written, int value) throws Exception {
    lab.client().sysctl(SETTING, written);
    assertThat(lab.client().sysctl(SETTING)).isEqualTo(String.valueOf(value));
    List<Installed> linux =
        lab.client()
            .call(
                () ->
                    FastOpenBackends.installed().list().stream()
                        .filter(each -> each.name().startsWith("linux-"))
                        .toList());
    assertThat(linux).hasSize(2);
    for (Installed each : linux) {
      assertThat(each.client().status()).as("%s: %s", value, each).isEqualTo(status(value & 1));
      assertThat(each.server().status()).as("%s: %s", value, each).isEqualTo(status(value & 2));
      assertThat(Stream.of(each.client(), each.server()).map(FastOpenCapability::detail))
          .allMatch(detail -> detail.startsWith(SETTING + "=" + value + ": "));
    }
  }

  private static Status status(int bit) {
    return bit == 0 ? Status.DISABLED : Status.AVAILABLE;
  }
}
