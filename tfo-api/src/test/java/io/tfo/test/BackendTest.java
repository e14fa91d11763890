package io.tfo.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.tfo.spi.FastOpenBackend;
import java.io.File;
import java.io.InputStream;
import java.lang.module.ModuleDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Tests that every backend passes as a service provider. Each backend's module has a subclass,
 * which names the backend.
 */
public abstract class BackendTest {
  private final Class<? extends FastOpenBackend> type;
  private final String name;
  private final String system;

  /**
   * @param type the backend's class
   * @param name the backend's name
   * @param system the prefix of {@code os.name} on the systems where the backend works
   */
  protected BackendTest(Class<? extends FastOpenBackend> type, String name, String system) {
    this.type = type;
    this.name = name;
    this.system = system;
  }

  @Test
  void isDeclaredInTheModuleAndInMetaInfServices() throws Exception {
    Path home = Path.of(ChildJvm.home(type));
    ModuleDescriptor module;
    try (InputStream in = Files.newInputStream(home.resolve("module-info.class"))) {
      module = ModuleDescriptor.read(in);
    }

    assertThat(module.provides())
        .singleElement()
        .satisfies(
            p -> {
              assertThat(p.service()).isEqualTo(FastOpenBackend.class.getName());
              assertThat(p.providers()).containsExactly(type.getName());
            });
    assertThat(
            Files.readAllLines(
                home.resolve("META-INF/services/" + FastOpenBackend.class.getName())))
        .containsExactly(type.getName());
    assertThat(module.exports()).isEmpty();
  }

  @Test
  void isFoundByTheServiceLoader() {
    assertThat(ServiceLoader.load(FastOpenBackend.class))
        .singleElement()
        .isInstanceOf(type)
        .satisfies(b -> assertThat(b.name()).isEqualTo(name));
  }

  @Test
  void reportsOnAnotherSystemWhyItDoesNotWorkWithoutJna() throws Exception {
    String here = System.getProperty("os.name");
    assumeFalse(here.startsWith(system), "the backend works on this system");
    String[] path =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(each -> !Path.of(each).getFileName().toString().startsWith("jna-"))
            .toArray(String[]::new);

    ChildJvm child =
        ChildJvm.java(
            List.of("-cp", ChildJvm.path(path), WithoutJna.class.getName(), type.getName()));

    assertThat(child.output())
        .contains("without JNA", "UNSUPPORTED", "; this is " + here)
        .doesNotContain("com.sun.jna");
  }

  /** The main class of a child JVM without JNA. */
  static final class WithoutJna {
    private WithoutJna() {}

    public static void main(String[] arguments) throws Exception {
      try {
        Class.forName("com.sun.jna.Native");
      } catch (ClassNotFoundException e) {
        System.out.println("without JNA");
      }
      FastOpenBackend backend =
          (FastOpenBackend) Class.forName(arguments[0]).getConstructor().newInstance();
      System.out.println(backend.connector().capability());
    }
  }
}
