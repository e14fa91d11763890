package io.tfo.spi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MalformedPropertiesTest {
  private static List<String> malformed(String property, String value) {
    Properties properties = new Properties();
    properties.setProperty(property, value);
    return MalformedProperties.of(properties);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "io.tfo.backoff | must be true or false; the back-off stays on",
        "io.tfo.statistics.outcomes | must be true or false; outcomes are not read",
        "io.tfo.plain | must be an address and a prefix, such as 10.0.0.0/8; all connects are plain",
        "io.tfo.withoutCookie | must be an address and a prefix, such as 10.0.0.0/8; the property is"
            + " ignored",
        "io.tfo.provider.ports | must be all, none, or ports and ranges such as 443,8000-8999;"
            + " channels are the JDK's own",
        "io.tfo.provider.firstWriteMillis | must be an integer of at least 1; channels are the"
            + " JDK's own",
        "io.tfo.provider.backlog | must be an integer of at least 0; channels are the JDK's own"
      })
  void reportTheEffectOfAMalformedAnEmptyAndABlankValue(String property, String why) {
    for (String value : List.of("nonsense", "", "  ")) {
      assertThat(malformed(property, value))
          .singleElement()
          .asString()
          .startsWith("-D" + property + "=" + value + ": ")
          .endsWith(why);
    }
  }

  @Test
  void tellThatAFileHasNoName() {
    assertThat(malformed("io.tfo.keyFile", " "))
        .containsExactly(
            "-Dio.tfo.keyFile= : must be the path of a file; listeners keep the machine's keys");
    assertThat(malformed("io.tfo.keyFile", "nonsense")).isEmpty();
  }

  @Test
  void tellThatABlockIsTooLarge() {
    assertThat(malformed("io.tfo.withoutCookie", "0.0.0.0/0"))
        .containsExactly(
            "-Dio.tfo.withoutCookie=0.0.0.0/0: a block is larger than the largest private one, /8 or"
                + " /7; the property is ignored");
  }

  @Test
  void tellNothingOfWellFormedOnes() {
    Properties properties = new Properties();
    properties.putAll(
        Map.of(
            "io.tfo.backoff", " FALSE ",
            "io.tfo.statistics.outcomes", "true",
            "io.tfo.plain", "10.0.0.0/8, fd00::/8",
            "io.tfo.withoutCookie", "10.0.0.0/8",
            "io.tfo.keyFile", "/etc/keys",
            "io.tfo.provider.ports", " all ",
            "io.tfo.provider.firstWriteMillis", " 1 ",
            "io.tfo.provider.backlog", "0"));

    assertThat(MalformedProperties.of(properties)).isEmpty();
    assertThat(MalformedProperties.of(new Properties())).isEmpty();
  }
}
