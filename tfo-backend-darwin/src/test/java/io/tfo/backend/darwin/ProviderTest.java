package io.tfo.backend.darwin;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.BackendTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProviderTest extends BackendTest {
  ProviderTest() {
    super(DarwinBackend.class, "darwin", "Mac");
  }

  @ParameterizedTest
  @CsvSource({"Linux,works on macOS; this is Linux", "FreeBSD,works on macOS; this is FreeBSD"})
  void saysWhyItDoesNotWorkElsewhere(String os, String reason) {
    assertThat(DarwinBackend.foreign(os)).isEqualTo(reason);
  }

  @Test
  void worksOnMacOs() {
    assertThat(DarwinBackend.foreign("Mac OS X")).isNull();
  }
}
