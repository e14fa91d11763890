package io.tfo.backend.bsd;

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
    URL home = home(BsdBackend.class);
    try (URLClassLoader files = new URLClassLoader(new URL[] {home}, null);
        InputStream module = files.findResource("module-info.class").openStream();
        InputStream service =
            files
                .findResource("META-INF/services/" + FastOpenBackend.class.getName())
                .openStream()) {
      ModuleDescriptor descriptor = ModuleDescriptor.read(module);
      assertThat(descriptor.provides())
          .singleElement()
          .satisfies(p -> assertThat(p.providers()).containsExactly(BsdBackend.class.getName()));
      assertThat(descriptor.exports()).isEmpty();
      assertThat(new String(service.readAllBytes(), StandardCharsets.UTF_8).lines())
          .containsExactly(BsdBackend.class.getName());
    }
  }

  @Test
  void isFoundByTheServiceLoader() {
    assertThat(ServiceLoader.load(FastOpenBackend.class))
        .singleElement()
        .isInstanceOf(BsdBackend.class)
        .satisfies(b -> assertThat(b.name()).isEqualTo("bsd"));
  }

  @ParameterizedTest
  @CsvSource({
    "OpenBSD,of the BSDs FreeBSD has TCP Fast Open; OpenBSD has not",
    "NetBSD,of the BSDs FreeBSD has TCP Fast Open; NetBSD has not",
    "DragonFly,of the BSDs FreeBSD has TCP Fast Open; DragonFly has not",
    "Linux,works on FreeBSD; this is Linux",
    "Mac OS X,works on FreeBSD; this is Mac OS X"
  })
  void saysWhyItDoesNotWorkElsewhere(String os, String reason) {
    assertThat(BsdPlatform.foreign(os).replace(",", "")).isEqualTo(reason);
  }

  @Test
  void worksOnFreeBsd() {
    assertThat(BsdPlatform.foreign("FreeBSD")).isNull();
  }

  @Test
  @DisabledOnOs(OS.FREEBSD)
  void showsItsReasonWithoutJna() throws Exception {
    URL[] withoutJna =
        Stream.of(BsdBackend.class, io.tfo.jna.JnaBackend.class, FastOpenBackend.class)
            .map(ProviderTest::home)
            .toArray(URL[]::new);
    try (URLClassLoader loader =
        new URLClassLoader(withoutJna, ClassLoader.getPlatformClassLoader())) {
      Object backend = loader.loadClass(BsdBackend.class.getName()).getConstructor().newInstance();
      Object connector =
          loader.loadClass(FastOpenBackend.class.getName()).getMethod("connector").invoke(backend);
      Object capability =
          loader.loadClass("io.tfo.FastOpenConnector").getMethod("capability").invoke(connector);
      assertThat(capability.toString())
          .contains("UNSUPPORTED", "works on FreeBSD; this is " + System.getProperty("os.name"));
    }
  }
}
