package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProbeDataTest {
  private static String sent(String host, int port) throws Exception {
    return new String(ProbeData.of(host, port).bytes(), StandardCharsets.ISO_8859_1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "server.example | 80 | server.example",
        "server.example | 8080 | server.example:8080",
        "192.0.2.1 | 8080 | 192.0.2.1:8080",
        "2001:db8::1 | 80 | [2001:db8::1]",
        "2001:db8::1 | 8080 | [2001:db8::1]:8080",
        "fe80::1%eth0 | 80 | [fe80::1]",
        "fe80::1%2 | 8080 | [fe80::1]:8080"
      })
  void hostIsTheUrisWithoutTheZone(String host, int port, String expected) throws Exception {
    assertThat(sent(host, port)).contains("\r\nHost: " + expected + "\r\n");
  }

  /** A literal address is no server name (RFC 6066, 3). */
  @Test
  void aClientHelloNamesAHostAndNoZone() throws Exception {
    assertThat(sent("server.example", 443)).contains("server.example");
    assertThat(sent("fe80::1%eth0", 443)).doesNotContain("eth0", "fe80");
  }
}
