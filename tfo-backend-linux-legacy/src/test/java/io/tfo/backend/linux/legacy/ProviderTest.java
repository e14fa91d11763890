package io.tfo.backend.linux.legacy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.spi.FastOpenBackend;
import io.tfo.test.BackendTest;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProviderTest extends BackendTest {
  ProviderTest() {
    super(LinuxLegacyBackend.class, "linux-legacy", "Linux");
  }

  @Test
  void hasItsPlaceAmongTheLinuxBackends() {
    assertThat(new LinuxLegacyBackend().priority()).isEqualTo(200);
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void tellsTheSettingOfThisMachine() throws Exception {
    FastOpenBackend backend = new LinuxLegacyBackend();
    String setting = Files.readString(Path.of("/proc/sys/net/ipv4/tcp_fastopen")).strip();

    assertThat(backend.connector().capability().detail())
        .startsWith("net.ipv4.tcp_fastopen=" + setting);
    assertThat(backend.listener().capability().detail())
        .startsWith("net.ipv4.tcp_fastopen=" + setting);
  }
}
