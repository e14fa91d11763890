package io.tfo.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a program printed in a JVM of its own, and how it ended.
 *
 * @param exit its exit status
 * @param output both of its output streams
 */
public record ChildJvm(int exit, String output) {
  /** What a program in a namespace prints first: the namespace is there, and may be changed. */
  public static final String INSIDE = "in the namespace";

  private static final Duration MOST_TIME = Duration.ofSeconds(60);

  /** Runs {@code java} of this JDK with these arguments; it does not outlive the call. */
  public static ChildJvm java(List<String> arguments) throws IOException, InterruptedException {
    return run(List.of(), arguments, MOST_TIME);
  }

  /**
   * Runs {@code java} in a network namespace.
   *
   * @param namespace a command that takes a line of shell, and runs it in a namespace of its own
   */
  public static ChildJvm javaIn(List<String> namespace, List<String> arguments)
      throws IOException, InterruptedException {
    return javaIn(namespace, arguments, MOST_TIME);
  }

  /** As {@link #javaIn(List, List)}, where a minute is not enough. */
  public static ChildJvm javaIn(List<String> namespace, List<String> arguments, Duration most)
      throws IOException, InterruptedException {
    List<String> prefix = new ArrayList<>(namespace);
    prefix.add("ip link set lo up && exec \"$0\" \"$@\"");
    return run(prefix, arguments, most);
  }

  private static ChildJvm run(List<String> prefix, List<String> arguments, Duration most)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(arguments);
    Path output = Files.createTempFile("child", ".out");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    Process process = builder.start();
    try {
      if (!process.waitFor(most.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("still running: " + Files.readString(output));
      }
      return new ChildJvm(process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(output);
    }
  }

  /** Skips the test where there was no namespace; fails it where the lab is required. */
  public void expectInside() {
    boolean inside = output.contains(INSIDE);
    if ("require".equals(System.getProperty("io.tfo.lab"))) {
      assertThat(inside).as("a network namespace: %s", output).isTrue();
    }
    assumeTrue(inside, () -> "no network namespace: " + output);
  }

  /** The folder or the jar that a class came from. */
  public static String home(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (java.net.URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  public static String path(String... entries) {
    return String.join(File.pathSeparator, entries);
  }
}
