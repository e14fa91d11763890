package io.tfo.backend.darwin;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.spi.FastOpenBackend;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProviderTest {
  private static URL home(Class<?> type) {
    return type.getProtectionDomain().getCodeSource().getLocation();
  }

  @Test
  void isDeclaredInTheModuleAndOnTheClassPathAlike() throws Exception {
    URL home = home(DarwinBackend.class);
    try (URLClassLoader files = new URLClassLoader(new URL[] {home}, null);
        InputStream module = files.findResource("module-info.class").openStream();
        InputStream service =
            files
                .findResource("META-INF/services/" + FastOpenBackend.class.getName())
                .openStream()) {
      ModuleDescriptor descriptor = ModuleDescriptor.read(module);
      assertThat(descriptor.provides())
          .singleElement()
          .satisfies(p -> assertThat(p.providers()).containsExactly(DarwinBackend.class.getName()));
      assertThat(descriptor.exports()).isEmpty();
      assertThat(new String(service.readAllBytes(), StandardCharsets.UTF_8).lines())
          .containsExactly(DarwinBackend.class.getName());
    }
  }

  @Test
  void isFoundByTheServiceLoader() {
    assertThat(ServiceLoader.load(FastOpenBackend.class))
        .singleElement()
        .isInstanceOf(DarwinBackend.class)
        .satisfies(b -> assertThat(b.name()).isEqualTo("darwin"));
  }

  @ParameterizedTest
  @CsvSource({"Linux,works on macOS; this is Linux", "FreeBSD,works on macOS; this is FreeBSD"})
  void saysWhyItDoesNotWorkElsewhere(String os, String reason) {
    assertThat(DarwinPlatform.foreign(os)).isEqualTo(reason);
  }

  @Test
  void worksOnMacOs() {
    assertThat(DarwinPlatform.foreign("Mac OS X")).isNull();
  }

  @Test
  @DisabledOnOs(OS.MAC)
  void showsItsReasonWithoutJna() throws Exception {
    URL[] withoutJna =
        Stream.of(DarwinBackend.class, io.tfo.jna.JnaBackend.class, FastOpenBackend.class)
            .map(ProviderTest::home)
            .toArray(URL[]::new);
    try (URLClassLoader loader =
        new URLClassLoader(withoutJna, ClassLoader.getPlatformClassLoader())) {
      Object backend =
          loader.loadClass(DarwinBackend.class.getName()).getConstructor().newInstance();
      Object connector =
          loader.loadClass(FastOpenBackend.class.getName()).getMethod("connector").invoke(backend);
      Object capability =
          loader.loadClass("io.tfo.FastOpenConnector").getMethod("capability").invoke(connector);
      assertThat(capability.toString())
          .contains("UNSUPPORTED", "works on macOS; this is " + System.getProperty("os.name"));
    }
  }
}
