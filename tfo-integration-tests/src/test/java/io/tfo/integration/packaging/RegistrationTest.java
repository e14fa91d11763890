package io.tfo.integration.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.backends.BackendsUnderTest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each folder {@code tfo-backend-*} is registered in the root pom, in {@code tfo-bom}, in {@code
 * tfo-all} and in the README's support table.
 */
class RegistrationTest {
  private static final String FOLDER = "tfo-backend-";

  static Stream<String> backends() {
    return BackendsUnderTest.folders().stream()
        .map(folder -> folder.getFileName().toString().substring(FOLDER.length()));
  }

  @Test
  void thereAreBackends() {
    assertThat(backends()).contains("bsd", "darwin", "linux-connect", "linux-legacy", "windows");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void isAModuleOfTheBuild(String name) {
    assertThat(Pom.read(SourceTree.file("pom.xml")).texts("/project/modules/module"))
        .containsOnlyOnce(FOLDER + name);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void hasItsVersionInTheBillOfMaterials(String name) {
    assertThat(
            Pom.read(SourceTree.file("tfo-bom/pom.xml"))
                .texts("/project/dependencyManagement/dependencies/dependency/artifactId"))
        .containsOnlyOnce(FOLDER + name);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void isADependencyOfTfoAll(String name) {
    assertThat(
            Pom.read(SourceTree.file("tfo-all/pom.xml"))
                .texts("/project/dependencies/dependency[not(scope)]/artifactId"))
        .containsOnlyOnce(FOLDER + name);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void isRequiredByTheModuleOfTfoAll(String name) throws Exception {
    String all = Files.readString(SourceTree.file("tfo-all/src/main/java/module-info.java"));

    assertThat(all).contains("requires " + module(name) + ";");
  }

  @ParameterizedTest
  @MethodSource("backends")
  void standsInOneLineOfTheSupportTable(String name) throws Exception {
    List<String> rows = Files.readAllLines(SourceTree.file("README.md"));

    assertThat(rows).filteredOn(row -> row.matches("\\|[^|]+\\| `" + name + "` \\|.*")).hasSize(1);
  }

  /** The name of a backend's module, as its own module-info declares it. */
  private static String module(String backend) throws Exception {
    Path file = SourceTree.file(FOLDER + backend + "/src/main/java/module-info.java");
    Matcher declaration =
        Pattern.compile("^module (\\S+) \\{", Pattern.MULTILINE).matcher(Files.readString(file));
    assertThat(declaration.find()).as("%s declares a module", file).isTrue();
    return declaration.group(1);
  }
}
