package io.tfo.agent.inside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentOptionsTest {
  private static AgentOptions read(String arguments) {
    return AgentOptions.read(arguments, new Properties(), Map.of());
  }

  private static InetSocketAddress to(String address, int port) {
    return new InetSocketAddress(address, port);
  }

  @Test
  void byDefaultAllIsOnForPortsOfTlsAndDns() {
    AgentOptions options = read(null);

    assertThat(options.sockets()).isTrue();
    assertThat(options.channels()).isTrue();
    assertThat(options.listeners()).isTrue();
    assertThat(options.accepts(to("192.0.2.1", 443))).isTrue();
    assertThat(options.accepts(to("192.0.2.1", 853))).isTrue();
    assertThat(options.accepts(to("192.0.2.1", 80))).isFalse();
    assertThat(options.accepts(to("192.0.2.1", 5432))).isFalse();
  }

  @Test
  void readsAllOptionsOfOneText() {
    AgentOptions options =
        read(
            "ports=443, 8000-8999; plain=10.0.0.0/8,fd00::/8;sockets=off;channels=off;listeners=off;");

    assertThat(options.accepts(to("192.0.2.1", 8500))).isTrue();
    assertThat(options.accepts(to("192.0.2.1", 9000))).isFalse();
    assertThat(options.accepts(to("10.1.2.3", 443))).isFalse();
    assertThat(options.accepts(to("fd00::1", 443))).isFalse();
    assertThat(options.sockets()).isFalse();
    assertThat(options.channels()).isFalse();
    assertThat(options.listeners()).isFalse();
  }

  @Test
  void acceptsAHostThatIsNotResolvedByItsPort() {
    InetSocketAddress host = InetSocketAddress.createUnresolved("server.example", 443);

    assertThat(read("plain=10.0.0.0/8").accepts(host)).isTrue();
  }

  @Test
  void portsCanBeAllOrNone() {
    assertThat(read("ports=all").accepts(to("192.0.2.1", 1))).isTrue();
    assertThat(read("ports=none").accepts(to("192.0.2.1", 443))).isFalse();
  }

  @Test
  void theTextComesBeforeThePropertyAndThatBeforeTheEnvironment() {
    Properties properties = new Properties();
    properties.setProperty("io.tfo.agent.ports", "2");
    Map<String, String> environment = Map.of("TFO_PORTS", "3", "TFO_LISTENERS", "off");

    AgentOptions byText = AgentOptions.read("ports=1", properties, environment);
    AgentOptions byProperty = AgentOptions.read("", properties, environment);
    AgentOptions byEnvironment = AgentOptions.read("", new Properties(), environment);

    assertThat(byText.ports().stream()).containsExactly(1);
    assertThat(byProperty.ports().stream()).containsExactly(2);
    assertThat(byEnvironment.ports().stream()).containsExactly(3);
    assertThat(byText.listeners()).isFalse();
  }

  /** A container's description often sets a variable to nothing where no value is given. */
  @ParameterizedTest
  @ValueSource(strings = {"", " "})
  void aVariableWithoutAValueIsNotSet(String nothing) {
    Map<String, String> environment =
        Map.of(
            "TFO_PORTS", nothing,
            "TFO_PLAIN", nothing,
            "TFO_SOCKETS", nothing,
            "TFO_CHANNELS", nothing,
            "TFO_LISTENERS", nothing);

    AgentOptions options = AgentOptions.read(null, new Properties(), environment);

    assertThat(options).isEqualTo(read(null));
  }

  @Test
  void aPropertyWithoutAValueIsWrong() {
    Properties properties = new Properties();
    properties.setProperty("io.tfo.agent.ports", "");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> AgentOptions.read(null, properties, Map.of()))
        .withMessageStartingWith("invalid option ports=: ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "ports=https | ports=https",
        "ports= | ports=",
        "ports=0 | ports=0",
        "ports=65536 | ports=65536",
        "ports=9-1 | ports=9-1",
        "ports=1-2-3 | ports=1-2-3",
        "plain=example.com | plain=example.com",
        "plain=10.0.0.0/33 | plain=10.0.0.0/33",
        "sockets=yes | sockets=yes",
        "channels= | channels=",
        "listeners=ON | listeners=ON",
        "port=443 | port=443",
        "on | on"
      })
  void aWrongOptionIsNamedInOneLine(String text, String named) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(text))
        .withMessageStartingWith("invalid option " + named + ": ")
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n", "null"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ports=4\n43", "a\r\nb"})
  void aLineFeedInAnOptionMakesNoSecondLine(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> read(text))
        .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n", "\r"));
  }
}
