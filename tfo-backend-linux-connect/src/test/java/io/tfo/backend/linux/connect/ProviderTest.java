package io.tfo.backend.linux.connect;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.spi.FastOpenBackend;
import io.tfo.test.ChildJvm;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProviderTest {
  private static final Path HOME = Path.of(ChildJvm.home(LinuxConnectBackend.class));

  @Test
  void isDeclaredInTheModuleAndOnTheClassPathAlike() throws Exception {
    ModuleDescriptor module;
    try (InputStream in = Files.newInputStream(HOME.resolve("module-info.class"))) {
      module = ModuleDescriptor.read(in);
    }
    String onTheClassPath =
        Files.readString(
            HOME.resolve("META-INF/services/" + FastOpenBackend.class.getName()),
            StandardCharsets.UTF_8);

    assertThat(module.provides())
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.service()).isEqualTo(FastOpenBackend.class.getName());
              assertThat(p.providers()).containsExactly(LinuxConnectBackend.class.getName());
            });
    assertThat(onTheClassPath.lines()).containsExactly(LinuxConnectBackend.class.getName());
    assertThat(module.exports()).isEmpty();
  }

  @Test
  void isFoundByTheServiceLoader() {
    assertThat(ServiceLoader.load(FastOpenBackend.class))
        .singleElement()
        .isInstanceOf(LinuxConnectBackend.class)
        .satisfies(
            b -> {
              assertThat(b.name()).isEqualTo("linux-connect");
              assertThat(b.priority()).isEqualTo(100);
            });
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void tellsTheSettingOfThisMachine() throws Exception {
    FastOpenBackend backend = new LinuxConnectBackend();
    String setting = Files.readString(Path.of("/proc/sys/net/ipv4/tcp_fastopen")).strip();

    assertThat(backend.connector().capability().detail())
        .startsWith("net.ipv4.tcp_fastopen=" + setting);
    assertThat(backend.listener().capability().detail())
        .startsWith("net.ipv4.tcp_fastopen=" + setting);
  }
}
