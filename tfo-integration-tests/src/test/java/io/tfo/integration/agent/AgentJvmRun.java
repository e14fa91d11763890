package io.tfo.integration.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.test.ChildJvm;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Runs a program in a namespace, once without and once with the agent.
 *
 * @param without what it printed without it
 * @param with what it printed with it
 */
record AgentJvmRun(List<String> without, List<String> with) {
  /** The runs without the agent. They are the same for all options and properties of the agent. */
  private static final Map<List<Object>, FutureTask<List<String>>> WITHOUT =
      new ConcurrentHashMap<>();

  private static final Duration MOST = Duration.ofMinutes(2);
  private static final String DATE = "^[A-Z][a-z]{2} \\d{2}, \\d{4} .*";

  /** Runs {@link PlainProgram}, with nothing else on its class path. */
  static AgentJvmRun of(String agentOptions, String... jvmOptions) throws Exception {
    return after("true", agentOptions, List.of(jvmOptions), plainProgram("3"));
  }

  static List<String> plainProgram(String... arguments) {
    List<String> program =
        new ArrayList<>(
            List.of("-cp", ChildJvm.home(PlainProgram.class), PlainProgram.class.getName()));
    program.addAll(List.of(arguments));
    return program;
  }

  /**
   * Runs a program after a line of shell in a mount namespace, without and with the agent.
   *
   * @param program the arguments of {@code java} after its options
   */
  static AgentJvmRun after(
      String shell, String agentOptions, List<String> jvmOptions, List<String> program)
      throws Exception {
    return new AgentJvmRun(
        runWithout(shell, jvmOptions, program),
        run(shell, List.of(AgentJar.option(agentOptions)), jvmOptions, program));
  }

  private static List<String> runWithout(
      String shell, List<String> jvmOptions, List<String> program) throws Exception {
    List<String> options =
        jvmOptions.stream().filter(option -> !option.startsWith("-Dio.tfo.")).toList();
    List<Object> key = List.of(shell, options, program);
    FutureTask<List<String>> run = new FutureTask<>(() -> run(shell, List.of(), options, program));
    FutureTask<List<String>> first = WITHOUT.putIfAbsent(key, run);
    if (first == null) {
      run.run();
    }
    try {
      return (first == null ? run : first).get();
    } catch (ExecutionException e) { // failed, or skipped
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw (Exception) e.getCause();
    }
  }

  /** Runs a program once in a network and mount namespace, and returns what it printed. */
  static List<String> run(
      String shell, List<String> agent, List<String> jvmOptions, List<String> program)
      throws Exception {
    List<String> command = new ArrayList<>(agent);
    command.addAll(jvmOptions);
    command.addAll(program);
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    ChildJvm child =
        ChildJvm.javaIn(
            List.of("unshare", root ? "-mn" : "-Urmn", "sh", "-c"),
            shell + " && exec \"$0\" \"$@\"",
            command,
            MOST);
    child.expectInside();
    assertThat(child.exit()).as(child.output()).isEqualTo(PlainProgram.EXIT);
    return child.output().lines().toList();
  }

  /**
   * Returns the lines that the program printed only with the agent, without the lines in which
   * java.util.logging prints the date.
   */
  List<String> added() {
    List<String> added = new ArrayList<>(with);
    without.forEach(added::remove);
    added.removeIf(line -> line.startsWith(PlainProgram.KERNEL) || line.matches(DATE));
    return added;
  }

  private static String kernel(List<String> lines) {
    return lines.stream()
        .filter(line -> line.startsWith(PlainProgram.KERNEL))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Asserts that SYN data opened at least this many connections. The server's side can count more:
   * it also counts an empty SYN with a cookie, such as that of a connect that is closed before it
   * writes.
   */
  static void assertSynData(List<String> lines, int least) {
    String kernel = kernel(lines);
    String[] counters = kernel.substring(PlainProgram.KERNEL.length()).split(" sent, ");
    assertThat(Integer.parseInt(counters[1])).as(kernel).isGreaterThanOrEqualTo(least);
    assertThat(Integer.parseInt(counters[0])).as(kernel).isGreaterThanOrEqualTo(least);
  }

  /**
   * Asserts that the program did and printed the same, and that its sockets and both kinds of
   * channels sent SYN data.
   */
  void assertFastOpen() {
    assertThat(added()).isEmpty();
    assertThat(with).as("what is as without").containsAll(ownLines());
    assertThat(kernel(with)).isEqualTo(PlainProgram.KERNEL + "8 sent, 8");
  }

  /**
   * Asserts that the program did the same, and that one more line gives the reason in these words.
   */
  void assertPlain(String... words) {
    assertThat(with).as("what is as without").containsAll(ownLines());
    assertThat(added()).singleElement().asString().contains("INFO").contains(words);
    assertThat(kernel(with)).startsWith(PlainProgram.KERNEL + "0 sent, 0");
  }

  private List<String> ownLines() {
    List<String> own =
        without.stream().filter(line -> !line.startsWith(PlainProgram.KERNEL)).toList();
    assertThat(own).hasSizeGreaterThan(6);
    return own;
  }
}
