package io.tfo.integration.packaging;

import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A program that has ended.
 *
 * @param exit its exit status
 * @param output both of its output streams
 */
public record ChildProgram(int exit, String output) {
  private static final long MOST_MINUTES = 5;

  /** Runs a command in a folder, on this JVM's JDK; it does not outlive the call. */
  public static ChildProgram run(Path folder, List<String> command)
      throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "child", ".out");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(new File(File.separatorChar == '/' ? "/dev/null" : "NUL"))
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(output.toFile()));
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    // Maven ends before the second compiler saves time.
    builder.environment().put("MAVEN_OPTS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC");
    // Variables that the Maven that runs this test has set for itself.
    List.of("JAVA_TOOL_OPTIONS", "MAVEN_BASEDIR", "MAVEN_PROJECTBASEDIR")
        .forEach(builder.environment()::remove);
    Process process = builder.start();
    try {
      if (!process.waitFor(MOST_MINUTES, TimeUnit.MINUTES)) {
        throw new AssertionError("still running: " + Files.readString(output));
      }
      return new ChildProgram(process.exitValue(), Files.readString(output));
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
