package io.tfo.integration.packaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.jna.Native;
import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * An application that starts by the commands of {@code docs/packaging.md}: the JVM takes the
 * library's classes from the file that an earlier run has written.
 */
@EnabledOnOs(OS.LINUX)
class FasterStartTest {
  private static final Path JAVA_HOME = Path.of(System.getProperty("java.home"));

  @TempDir private Path folder;
  private String classPath;

  @BeforeEach
  void pack() throws Exception {
    assumeTrue(
        Files.exists(JAVA_HOME.resolve("lib/server/classes.jsa")),
        "this JDK has no class-data sharing");
    List<Path> path = new ArrayList<>(PackagedApplication.modules());
    path.add(Path.of(ChildJvm.home(Native.class)));
    Path classes = folder.resolve("classes");
    PackagedApplication.compile(classes, path);
    path.add(classes);
    List<Path> jars = new ArrayList<>();
    for (Path entry : path) {
      jars.add(Files.isDirectory(entry) ? jar(entry, jars.size()) : entry);
    }
    classPath = PackagedApplication.path(jars);
  }

  private Path jar(Path classes, int number) {
    Path jar = folder.resolve(number + ".jar");
    PackagedApplication.tool(
        "jar", List.of("--create", "--file", jar.toString(), "-C", classes.toString(), "."));
    return jar;
  }

  @Test
  void anArchiveHasTheLibrarysClasses() throws Exception {
    startsFrom("-XX:ArchiveClassesAtExit=", "-XX:SharedArchiveFile=");
  }

  @Test
  @EnabledForJreRange(min = JRE.JAVA_25)
  void anAotCacheHasTheLibrarysClasses() throws Exception {
    startsFrom("-XX:AOTCacheOutput=", "-XX:AOTCache=");
  }

  private void startsFrom(String writes, String reads) throws Exception {
    run(option(writes));
    run(option(reads), "-Xlog:class+load:file=classes.log");

    assertThat(folder.resolve("classes.log"))
        .content()
        .contains("io.tfo.FastOpenConnector source: shared objects file")
        .contains("com.sun.jna.Native source: shared objects file");
  }

  /** The option as the page has it. */
  private static String option(String beginning) throws IOException {
    try (Stream<String> lines = Files.lines(SourceTree.file("docs/packaging.md"))) {
      return lines
          .filter(line -> line.startsWith("java " + beginning))
          .map(line -> line.split(" ")[1])
          .findFirst()
          .orElseThrow();
    }
  }

  private void run(String... options) throws Exception {
    List<String> command = new ArrayList<>(List.of(options));
    command.addAll(List.of("-cp", classPath, "application.Main"));
    PackagedApplication.expectFastOpen(folder, JAVA_HOME.resolve("bin/java"), "io.tfo", command);
  }
}
