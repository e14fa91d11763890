package io.tfo.backend.bsd;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.BackendTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProviderTest extends BackendTest {
  ProviderTest() {
    super(BsdBackend.class, "bsd", "FreeBSD");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "OpenBSD   | works on FreeBSD; OpenBSD has no TCP Fast Open",
        "NetBSD    | works on FreeBSD; NetBSD has no TCP Fast Open",
        "DragonFly | works on FreeBSD; DragonFly has no TCP Fast Open",
        "Linux     | works on FreeBSD; this is Linux",
        "Mac OS X  | works on FreeBSD; this is Mac OS X"
      })
  void saysWhyItDoesNotWorkElsewhere(String os, String reason) {
    assertThat(BsdBackend.foreign(os)).isEqualTo(reason);
  }

  @Test
  void worksOnFreeBsd() {
    assertThat(BsdBackend.foreign("FreeBSD")).isNull();
  }
}
