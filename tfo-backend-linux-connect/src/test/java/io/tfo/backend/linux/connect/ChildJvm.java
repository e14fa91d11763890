package io.tfo.backend.linux.connect;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a program printed in a JVM of its own, and how it ended.
 *
 * @param exit its exit status
 * @param output both of its output streams
 */
record ChildJvm(int exit, String output) {
  /**
   * Runs {@code java} of this JDK with these arguments; it does not outlive the call.
   *
   * @param namespace a command that takes a line of shell, and runs it in a network namespace
   */
  static ChildJvm javaIn(List<String> namespace, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> before = new ArrayList<>(namespace);
    before.add("ip link set lo up && exec \"$0\" \"$@\"");
    return java(before, arguments);
  }

  /** Runs {@code java} of this JDK with these arguments; it does not outlive the call. */
  static ChildJvm java(List<String> arguments) throws IOException, InterruptedException {
    return java(List.of(), arguments);
  }

  private static ChildJvm java(List<String> before, List<String> arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(arguments);
    Path output = Files.createTempFile("child", ".out");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    Process process = builder.start();
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        throw new AssertionError("still running: " + Files.readString(output));
      }
      return new ChildJvm(process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(output);
    }
  }

  /** The folder or the jar that a class came from. */
  static String home(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  static String path(String... entries) {
    return String.join(File.pathSeparator, entries);
  }
}
