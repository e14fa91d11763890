package io.tfo.backend.windows;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenCapability;
import io.tfo.jna.JnaBackend;
import io.tfo.spi.FastOpenBackend;
import java.io.File;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ProviderTest {
  @Test
  void isDeclaredInTheModuleAndOnTheClassPathAlike() throws Exception {
    ModuleDescriptor module;
    Path home = home(WindowsBackend.class);
    try (InputStream in = Files.newInputStream(home.resolve("module-info.class"))) {
      module = ModuleDescriptor.read(in);
    }

    assertThat(module.provides())
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.service()).isEqualTo(FastOpenBackend.class.getName());
              assertThat(p.providers()).containsExactly(WindowsBackend.class.getName());
            });
    assertThat(
            Files.readAllLines(
                home.resolve("META-INF/services/" + FastOpenBackend.class.getName())))
        .containsExactly(WindowsBackend.class.getName());
    assertThat(module.exports()).isEmpty();
  }

  @Test
  void isFoundByTheServiceLoader() {
    assertThat(ServiceLoader.load(FastOpenBackend.class))
        .singleElement()
        .isInstanceOf(WindowsBackend.class)
        .satisfies(
            b -> {
              assertThat(b.name()).isEqualTo("windows");
              assertThat(b.plainWhenNonBlocking()).isPresent();
            });
  }

  @Test
  void tellsWindowsFromOtherSystemsByItsName() {
    assertThat(WindowsBackend.foreign("Windows 11")).isNull();
    assertThat(WindowsBackend.foreign("Windows Server 2025")).isNull();
    assertThat(WindowsBackend.foreign("Linux")).isEqualTo("works on Windows; this is Linux");
  }

  @Test
  @DisabledOnOs(OS.WINDOWS)
  void saysWhyItDoesNotWorkHereWithoutJna() throws Exception {
    String classPath =
        Stream.of(ProviderTest.class, WindowsBackend.class, JnaBackend.class, FastOpenBackend.class)
            .map(type -> home(type).toString())
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-cp",
                    classPath,
                    WithoutJna.class.getName()))
            .redirectErrorStream(true)
            .start();
    process.getOutputStream().close();

    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).lines())
        .last()
        .isEqualTo(
            FastOpenCapability.unsupported(
                    "works on Windows; this is " + System.getProperty("os.name"))
                .toString());
  }

  /** The main class of a JVM that has no JNA. */
  static final class WithoutJna {
    private WithoutJna() {}

    public static void main(String[] arguments) {
      System.out.println(new WindowsBackend().connector().capability());
    }
  }

  private static Path home(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
