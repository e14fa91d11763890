package io.tfo.integration.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code tfo-bom} manages our artifacts and JNA, and nothing else. A project that imports it before
 * Spring Boot's keeps all of Spring Boot's versions.
 *
 * <p>Maven resolves the imports in a process of its own. {@code tfo-bom} is a module of its build,
 * so that it need not be installed.
 */
class BomSoakTest {
  private static final String SPRING_BOOT =
      """
            <dependency>
              <groupId>org.springframework.boot</groupId>
              <artifactId>spring-boot-dependencies</artifactId>
              <version>3.5.7</version>
              <type>pom</type>
              <scope>import</scope>
            </dependency>
      """;
  private static final String TFO =
      """
            <dependency>
              <groupId>io.tfo</groupId>
              <artifactId>tfo-bom</artifactId>
              <version>%s</version>
              <type>pom</type>
              <scope>import</scope>
            </dependency>
      """;
  private static final String POM =
      """
      <project xmlns="http://maven.apache.org/POM/4.0.0">
        <modelVersion>4.0.0</modelVersion>
        <groupId>application</groupId>
        <artifactId>%s</artifactId>
        <version>1</version>
        <packaging>pom</packaging>
        %s
      </project>
      """;
  private static final String GOAL =
      "org.apache.maven.plugins:maven-help-plugin:3.5.2:effective-pom";

  @TempDir private Path folder;

  @Test
  void changesNoVersionThatSpringBootManages() throws Exception {
    Path bom = SourceTree.file("tfo-bom/pom.xml");
    String version = Pom.read(bom).texts("/project/version").get(0);
    project(
        "build",
        "<modules><module>tfo-bom</module><module>../without</module><module>../with</module>"
            + "</modules>");
    project("without", imports(SPRING_BOOT));
    project("with", imports(TFO.formatted(version) + SPRING_BOOT));
    Files.copy(bom, Files.createDirectories(folder.resolve("build/tfo-bom")).resolve("pom.xml"));

    Map<String, String> without;
    Map<String, String> with;
    Path effective = effectivePom();
    without = managed(effective, "without");
    with = managed(effective, "with");

    assertThat(without).as("what Spring Boot manages").hasSizeGreaterThan(1000);
    assertThat(with).as("Spring Boot's versions, beside ours").containsAllEntriesOf(without);
    TreeSet<String> ours = new TreeSet<>(with.keySet());
    ours.removeAll(without.keySet());
    assertThat(ours)
        .isNotEmpty()
        .allMatch(key -> key.startsWith("io.tfo:") || key.startsWith("net.java.dev.jna:"))
        .contains("io.tfo:tfo-all:jar:", "net.java.dev.jna:jna:jar:");
  }

  /** Asks Maven offline first; a network is needed until its repository has Spring Boot's poms. */
  private Path effectivePom() throws Exception {
    Path output = folder.resolve("effective.xml");
    List<String> goal = List.of(GOAL, "-Doutput=" + output);
    ChildProgram offline = ChildMaven.run(folder.resolve("build"), goal, "-o");
    if (offline.exit() != 0) {
      ChildProgram online = ChildMaven.run(folder.resolve("build"), goal);
      if (online.exit() != 0) {
        ChildProgram alone = ChildMaven.run(folder.resolve("without"), goal);
        assumeTrue(alone.exit() == 0, () -> "no registry with Spring Boot: " + alone.output());
      }
      assertThat(online.exit()).as("%s", online.output()).isZero();
    }
    return output;
  }

  private static Map<String, String> managed(Path effective, String project) {
    Map<String, String> versions = new TreeMap<>();
    String path = "//project[artifactId='%s']/dependencyManagement/dependencies/dependency";
    for (Pom each : Pom.read(effective).elements(path.formatted(project))) {
      versions.put(
          "%s:%s:%s:%s"
              .formatted(
                  each.text("groupId", ""),
                  each.text("artifactId", ""),
                  each.text("type", "jar"),
                  each.text("classifier", "")),
          each.text("version", ""));
    }
    return versions;
  }

  private void project(String name, String content) throws Exception {
    Path file = Files.createDirectories(folder.resolve(name)).resolve("pom.xml");
    Files.writeString(file, POM.formatted(name, content));
  }

  private static String imports(String dependencies) {
    return "<dependencyManagement><dependencies>"
        + dependencies
        + "</dependencies></dependencyManagement>";
  }
}
