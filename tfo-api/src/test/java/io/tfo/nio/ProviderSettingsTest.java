package io.tfo.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProviderSettingsTest {
  @Test
  void defersConnectsToTheTlsPortByDefault() {
    ProviderSettings settings = ProviderSettings.of(new Properties());

    assertThat(settings.defersConnects()).isTrue();
    assertThat(settings.destinations("NIO channel"))
        .accepts(at(443))
        .rejects(at(80), at(25), at(5432));
    assertThat(settings.firstWriteWait()).isEqualTo(Duration.ofMillis(20));
    assertThat(settings.backlog()).isEqualTo(256);
    assertThat(settings).hasToString("ports 443, first write within 20 ms, backlog 256");
  }

  @Test
  void acceptsPortsAndRanges() {
    assertThat(ports("443, 8000-8002,65535").destinations("NIO channel"))
        .accepts(at(443), at(8000), at(8001), at(8002), at(65535))
        .rejects(at(442), at(7999), at(8003), at(0));
  }

  @Test
  void acceptsAllAndNone() {
    assertThat(ports("all").destinations("NIO channel")).accepts(at(1), at(65535));
    assertThat(ports("all")).hasToString("ports all, first write within 20 ms, backlog 256");
    assertThat(ports("none").defersConnects()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "https", "0", "65536", "80-", "-80", "90-80", "80;443", "1,,2"})
  void rejectsAMalformedListOfPorts(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> ports(text))
        .withMessageStartingWith(
            "-Dio.tfo.provider.ports=" + text + ": must be all, none, or ports");
  }

  @ParameterizedTest
  @CsvSource({
    "io.tfo.provider.backlog,-1",
    "io.tfo.provider.backlog,many",
    "io.tfo.provider.firstWriteMillis,0",
    "io.tfo.provider.firstWriteMillis,1.5"
  })
  void rejectsAMalformedNumber(String name, String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> with(name, text))
        .withMessageStartingWith("-D" + name + "=" + text + ": must be an integer of at least ");
  }

  @Test
  void portsThatAreNotReadCanBeMalformed() {
    Properties properties = new Properties();
    properties.setProperty("io.tfo.provider.ports", "https");
    properties.setProperty("io.tfo.provider.firstWriteMillis", "7");

    ProviderSettings settings = ProviderSettings.withoutPorts(properties);

    assertThat(settings.firstWriteWait()).isEqualTo(Duration.ofMillis(7));
    assertThat(settings.defersConnects()).isFalse();
  }

  private static ProviderSettings ports(String text) {
    return with("io.tfo.provider.ports", text);
  }

  private static ProviderSettings with(String name, String text) {
    Properties properties = new Properties();
    properties.setProperty(name, text);
    return ProviderSettings.of(properties);
  }

  private static InetSocketAddress at(int port) {
    return new InetSocketAddress(port);
  }
}
