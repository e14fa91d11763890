package io.tfo.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelReleaseTest {
  @ParameterizedTest
  @CsvSource({
    "6.1.0-13-amd64,           6,  1",
    "5.5,                      5,  5",
    "4.18.0-553.el8.x86_64,    4, 18",
    "5.15.153.1-microsoft-WSL, 5, 15",
    "3.10.0,                   3, 10",
    "6.12-rc1,                 6, 12",
    "'',                       0,  0",
    "6,                        0,  0",
    "unknown,                  0,  0",
    "99999999999.1,            0,  0"
  })
  void readsTheFirstTwoNumbers(String release, int major, int minor) {
    assertThat(KernelRelease.parse(release)).isEqualTo(new KernelRelease(major, minor));
  }

  @Test
  void comparesNumbersAndNotText() {
    assertThat(new KernelRelease(5, 5).isAtLeast(5, 5)).isTrue();
    assertThat(new KernelRelease(5, 15).isAtLeast(5, 5)).isTrue();
    assertThat(new KernelRelease(10, 0).isAtLeast(5, 5)).isTrue();
    assertThat(new KernelRelease(5, 4).isAtLeast(5, 5)).isFalse();
    assertThat(new KernelRelease(4, 19).isAtLeast(5, 5)).isFalse();
    assertThat(new KernelRelease(0, 0).isAtLeast(5, 5)).isFalse();
  }
}
