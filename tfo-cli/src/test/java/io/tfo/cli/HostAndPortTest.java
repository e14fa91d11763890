package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HostAndPortTest {
  @ParameterizedTest
  @CsvSource({
    "example.com, example.com, 443",
    "example.com:80, example.com, 80",
    "10.0.0.1:7413, 10.0.0.1, 7413",
    "[fd00::1], fd00::1, 443",
    "[fd00::1]:80, fd00::1, 80",
    "fd00::1, fd00::1, 443",
    ":443, '', 443"
  })
  void isParsed(String text, String host, int port) {
    assertThat(HostAndPort.parse(text, 443)).isEqualTo(new HostAndPort(host, port));
  }

  @ParameterizedTest
  @CsvSource({"example.com:, ''", "example.com:http, http", "http://example.com, //example.com"})
  void isRefusedWithoutANumber(String text, String port) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> HostAndPort.parse(text, 443))
        .withMessage("PORT is '" + port + "', but must be a number");
  }
}
