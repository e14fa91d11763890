package io.tfo.integration.packaging;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Runs Maven by this tree's wrapper, with the local repository of the build that runs the test. */
public final class ChildMaven {
  private ChildMaven() {}

  /** Runs goals in a folder that has a pom. */
  public static ChildProgram run(Path folder, List<String> goals, String... options)
      throws Exception {
    List<String> command = new ArrayList<>();
    command.add(SourceTree.file(File.separatorChar == '/' ? "mvnw" : "mvnw.cmd").toString());
    command.addAll(List.of("-B", "-ntp", "-q"));
    // Set by Surefire.
    String repository = System.getProperty("localRepository");
    if (repository != null) {
      command.add("-Dmaven.repo.local=" + repository);
    }
    command.addAll(List.of(options));
    command.addAll(goals);
    return ChildProgram.run(folder, command);
  }

  /**
   * Runs goals that need artifacts: offline first; a network is needed until the local repository
   * has them. Where neither works the test is skipped.
   */
  public static void resolve(Path folder, List<String> goals, String... options) throws Exception {
    List<String> offline = new ArrayList<>(List.of(options));
    offline.add("-o");
    if (run(folder, goals, offline.toArray(String[]::new)).exit() != 0) {
      ChildProgram online = run(folder, goals, options);
      assumeTrue(online.exit() == 0, () -> "no registry: " + online.output());
    }
  }
}
