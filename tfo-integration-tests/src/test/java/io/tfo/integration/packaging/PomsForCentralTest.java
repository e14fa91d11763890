package io.tfo.integration.packaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The poms have the data that Maven Central asks for. {@code .ci/central} checks the artifacts that
 * are built from them.
 */
class PomsForCentralTest {
  private static final Pom ROOT = Pom.read(SourceTree.file("pom.xml"));

  static Stream<String> modules() {
    return ROOT.texts("/project/modules/module").stream();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void eachModuleHasANameAndADescription(String module) {
    Pom pom = Pom.read(SourceTree.file(module + "/pom.xml"));

    assertThat(pom.texts("/project/name")).singleElement().asString().isNotEmpty();
    assertThat(pom.texts("/project/description")).singleElement().asString().isNotEmpty();
  }

  /** The bill of materials has no parent from which it could inherit them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "url",
        "licenses",
        "developers",
        "scm",
        "issueManagement",
        "properties/tfo.repository",
        "properties/project.build.outputTimestamp",
        "properties/gpg-plugin.version",
        "properties/spotless.version"
      })
  void theBillOfMaterialsRepeatsWhatTheRootPomHas(String element) {
    Pom bom = Pom.read(SourceTree.file("tfo-bom/pom.xml"));

    assertThat(bom.texts("/project/" + element))
        .isNotEmpty()
        .isEqualTo(ROOT.texts("/project/" + element));
  }

  @Test
  void testsAndBenchmarksAreNotPublished() {
    assertThat(modules())
        .filteredOn(module -> !isPublished(module))
        .containsExactlyInAnyOrder("tfo-integration-tests", "tfo-benchmarks");
  }

  @Test
  void theBillOfMaterialsHasEachModuleThatIsPublished() {
    List<String> managed =
        Pom.read(SourceTree.file("tfo-bom/pom.xml"))
            .texts(
                "/project/dependencyManagement/dependencies/dependency[groupId='io.tfo']/artifactId");

    assertThat(managed)
        .containsExactlyInAnyOrderElementsOf(
            modules().filter(module -> isPublished(module) && !module.equals("tfo-bom")).toList());
  }

  private static boolean isPublished(String module) {
    return !Pom.read(SourceTree.file(module + "/pom.xml"))
        .texts("/project/properties/maven.deploy.skip")
        .contains("true");
  }
}
