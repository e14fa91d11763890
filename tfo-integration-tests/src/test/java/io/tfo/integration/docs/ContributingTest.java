package io.tfo.integration.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The classes, packages and modules that {@code CONTRIBUTING.md} names exist. */
class ContributingTest {
  private static final Path PAGE = Documents.ROOT.resolve("CONTRIBUTING.md");

  /** Classes of the JDK and of JNA. */
  private static final Set<String> OF_OTHERS =
      Set.of("ServiceLoader", "Pointer", "Memory", "Structure");

  private static Set<String> named(String pattern) throws IOException {
    return Pattern.compile("`(" + pattern + ")`")
        .matcher(Files.readString(PAGE))
        .results()
        .map(found -> found.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<Path> sources() throws IOException {
    try (Stream<Path> files = Files.walk(Documents.ROOT)) {
      return files.filter(file -> file.toString().endsWith(".java")).collect(Collectors.toSet());
    }
  }

  /** All but {@code XBackend} and the like, which stand for the class of each backend. */
  @Test
  void everyClassIsThere() throws IOException {
    Set<String> classes =
        sources().stream()
            .map(file -> file.getFileName().toString().replace(".java", ""))
            .collect(Collectors.toSet());

    assertThat(named("(?!X[A-Z])[A-Z]\\w+[a-z]\\w*"))
        .hasSizeGreaterThan(10)
        .allMatch(name -> classes.contains(name) || OF_OTHERS.contains(name));
  }

  @Test
  void everyPackageIsThere() throws IOException {
    Set<String> packages =
        sources().stream()
            .map(file -> file.getParent().toString().replace('/', '.'))
            .collect(Collectors.toSet());

    assertThat(named("io\\.tfo(?:\\.[a-z]+)*"))
        .hasSizeGreaterThan(3)
        .allMatch(name -> packages.stream().anyMatch(folder -> folder.endsWith(".java." + name)));
  }

  @Test
  void everyModuleHasItsLine() throws IOException {
    try (Stream<Path> folders = Files.list(Documents.ROOT)) {
      Set<String> modules =
          folders
              .filter(folder -> Files.exists(folder.resolve("pom.xml")))
              .map(folder -> folder.getFileName().toString())
              .map(name -> name.startsWith("tfo-backend-") ? "tfo-backend-*" : name)
              .collect(Collectors.toCollection(TreeSet::new));

      assertThat(named("tfo-(?:[a-z-]*[a-z]|backend-\\*)")).isEqualTo(modules);
    }
  }
}
