package io.tfo.linux;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FastOpenSysctlTest {
  @ParameterizedTest
  @CsvSource({
    "0,    false, false, false, off,               3",
    "1,    true,  false, false, client only,       3",
    "2,    false, true,  false, server only,       3",
    "3,    true,  true,  false, client and server, 3",
    "4,    false, false, false, off,               7",
    "512,  false, false, false, off,               515",
    "1025, true,  false, false, client only,       1027",
    "1026, false, true,  true,  server only,       1027",
    "2051, true,  true,  false, client and server, 2051",
    "-2,   false, true,  true,  server only,       -1"
  })
  void readsBothSidesAndKeepsTheOtherBits(
      int value, boolean client, boolean server, boolean every, String sides, int withBothSides) {
    FastOpenSysctl sysctl = new FastOpenSysctl(value);

    assertThat(sysctl.isClientOn()).isEqualTo(client);
    assertThat(sysctl.isServerOn()).isEqualTo(server);
    assertThat(sysctl.isEveryListenerOn()).isEqualTo(every);
    assertThat(sysctl.withBothSides()).isEqualTo(withBothSides);
    assertThat(sysctl.client()).startsWith("net.ipv4.tcp_fastopen=" + value + ": " + sides);
    assertThat(sysctl.server()).startsWith("net.ipv4.tcp_fastopen=" + value + ": " + sides);
  }

  @Test
  void tellsWhatTheOtherBitsDo() {
    assertThat(new FastOpenSysctl(3).client()).endsWith("client and server");
    assertThat(new FastOpenSysctl(3).server()).endsWith("client and server");
    assertThat(new FastOpenSysctl(5).client()).contains("0x4: SYNs carry data without a cookie");
    assertThat(new FastOpenSysctl(6).client()).doesNotContain("0x4");
    assertThat(new FastOpenSysctl(0x202).server()).contains("0x200: data is accepted without");
    assertThat(new FastOpenSysctl(0x403).server()).contains("0x400: every listener accepts");
    assertThat(new FastOpenSysctl(0x401).server()).contains("0x400 has no effect");
  }
}
