package io.tfo.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The result of a program that ran in a child JVM.
 *
 * @param exit the exit status
 * @param output the standard output and the standard error, together
 */
public record ChildJvm(int exit, String output) {
  /** A program in a namespace prints this first: it is inside, and may change the namespace. */
  public static final String INSIDE = "in the namespace";

  /**
   * An option for a program that runs for long. Without it, a child JVM has the first compiler
   * alone: most end before the second one is worth its time.
   */
  public static final String BOTH_COMPILERS = "-XX:TieredStopAtLevel=4";

  /** An option for a program that ends soon. A later option can take it back. */
  public static final String FIRST_COMPILER = "-XX:TieredStopAtLevel=1";

  /**
   * Leaves out the verification of classes that javac has compiled. It takes a tenth of a short
   * run's processor time.
   */
  private static final List<String> UNVERIFIED =
      List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:-BytecodeVerificationRemote");

  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  /**
   * Runs {@code java} of this JDK with these arguments. After a minute the call fails, and the
   * process is killed.
   */
  public static ChildJvm java(List<String> arguments) throws IOException, InterruptedException {
    return run(List.of(), arguments, TIMEOUT);
  }

  /**
   * Runs {@code java} in a network namespace.
   *
   * @param namespace a command that runs a shell command line in a new namespace
   */
  public static ChildJvm javaIn(List<String> namespace, List<String> arguments)
      throws IOException, InterruptedException {
    return javaIn(namespace, arguments, TIMEOUT);
  }

  /** Runs as {@link #javaIn(List, List)} does, with a timeout other than a minute. */
  public static ChildJvm javaIn(List<String> namespace, List<String> arguments, Duration timeout)
      throws IOException, InterruptedException {
    List<String> prefix = new ArrayList<>(namespace);
    prefix.add("ip link set lo up && exec \"$0\" \"$@\"");
    return run(prefix, arguments, timeout);
  }

  /**
   * Runs as {@link #javaIn(List, List)} does, after more commands.
   *
   * @param setup a shell command line that ends with {@code exec "$0" "$@"}
   */
  public static ChildJvm javaIn(
      List<String> namespace, String setup, List<String> arguments, Duration timeout)
      throws IOException, InterruptedException {
    List<String> prefix = new ArrayList<>(namespace);
    prefix.add("ip link set lo up && " + setup);
    return run(prefix, arguments, timeout);
  }

  private static ChildJvm run(List<String> prefix, List<String> arguments, Duration timeout)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(prefix);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(FIRST_COMPILER);
    command.addAll(UNVERIFIED);
    command.addAll(arguments);
    Path output = Files.createTempFile("child", ".out");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    Process process = builder.start();
    try {
      if (!process.waitFor(timeout.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("still running: " + Files.readString(output));
      }
      return new ChildJvm(process.exitValue(), Files.readString(output));
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(output);
    }
  }

  /** Skips the test if the program ran in no namespace; fails it if the lab is required. */
  public void expectInside() {
    boolean inside = output.contains(INSIDE);
    if ("require".equals(System.getProperty("io.tfo.lab"))) {
      assertThat(inside).as("a network namespace: %s", output).isTrue();
    }
    assumeTrue(inside, () -> "no network namespace: " + output);
  }

  /** Returns the folder or the jar that a class was loaded from. */
  public static String home(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * Returns the class path of this JVM without most libraries of the tests: a child JVM opens each
   * jar of its class path, and each fresh class loader does so again. JUnit is kept, which skips a
   * program that cannot have a lab.
   *
   * @param libraries the beginnings of the names of further jars that the program needs
   */
  public static String classPath(String... libraries) {
    List<String> kept = new ArrayList<>(List.of("tfo-", "jna-", "junit-", "opentest4j-"));
    kept.addAll(List.of(libraries));
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(
            entry ->
                !entry.endsWith(".jar")
                    || kept.stream().anyMatch(new File(entry).getName()::startsWith))
        .collect(Collectors.joining(File.pathSeparator));
  }

  /** Joins the entries of a class path. */
  public static String path(String... entries) {
    return String.join(File.pathSeparator, entries);
  }
}
