package io.tfo.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CapacityTest {
  private static final long MIB = 1024 * 1024;

  /** The maximum heap in MiB: an unlimited one is Long.MAX_VALUE bytes. */
  @ParameterizedTest
  @CsvSource({
    "16, 10000",
    "78, 10000",
    "256, 32768",
    "2048, 262144",
    "6144, 786432",
    "16384, 1000000",
    "8796093022207, 1000000"
  })
  void growsWithTheHeapBetweenItsBounds(long mib, int destinations) {
    assertThat(Capacity.of(mib * MIB)).isEqualTo(destinations);
  }
}
