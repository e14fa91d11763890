package io.tfo.integration.strace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.integration.soak.SomeCases;
import io.tfo.test.ChildJvm;
import io.tfo.testkit.SystemErrorTests;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Makes one real system call of a JVM fail, by {@code strace}. The call belongs to the second of
 * three connects, which has a cookie. {@link SystemErrorTests} goes through all errors.
 */
@EnabledOnOs(OS.LINUX)
class StraceTest {
  private static final String TRACED = "setsockopt,getsockopt,connect,sendto";
  private static final long MOST_SECONDS = 60;

  @TempDir private static Path folder;

  /** The runs without a failing call, by backend. They tell at which position each call stands. */
  private static final Map<String, Run> UNDISTURBED = new HashMap<>();

  /** The output of a traced JVM, and its system calls. */
  private record Run(String output, List<String> calls) {}

  @BeforeAll
  static void traceBothBackends() throws Exception {
    Path trial = folder.resolve("trial");
    assumeTrue(
        run(List.of("strace", "-o", trial.toString(), "true"), trial) == 0,
        () -> "strace is missing or may not trace: " + read(trial));
    for (String backend : List.of("linux-legacy", "linux-connect")) {
      Run run = trace(backend, "trace=" + TRACED);
      assumeTrue(run.output().contains(ChildJvm.INSIDE), () -> "no namespace: " + run.output());
      assertThat(run.output())
          .contains("1: COOKIE_REQUESTED, intact", "2: SYN_DATA_ACKED, intact")
          .contains("3: SYN_DATA_ACKED, intact", "descriptors left: []");
      UNDISTURBED.put(backend, run);
    }
  }

  static Stream<Arguments> failures(TestInfo test) {
    String deferred = "TCP_FASTOPEN_CONNECT, [1]";
    Stream<Arguments> ofLegacy =
        SomeCases.of(List.of("EOPNOTSUPP", "EPERM", "ENOSYS", "EPIPE", "ENOBUFS"), test, 0)
            .map(errno -> Arguments.of("linux-legacy", "sendto", "MSG_FASTOPEN", errno));
    List<Arguments> ofConnect =
        List.of(
            Arguments.of("linux-connect", "setsockopt", deferred, "ENOPROTOOPT"),
            Arguments.of("linux-connect", "setsockopt", deferred, "EOPNOTSUPP"),
            Arguments.of("linux-connect", "connect", "sin6_port", "EADDRNOTAVAIL"),
            Arguments.of("linux-connect", "connect", "sin6_port", "ECONNREFUSED"),
            Arguments.of("linux-connect", "sendto", "MSG_DONTWAIT", "EOPNOTSUPP"),
            Arguments.of("linux-connect", "sendto", "MSG_DONTWAIT", "ENOMEM"));
    return Stream.concat(ofLegacy, SomeCases.of(ofConnect, test, 0));
  }

  @ParameterizedTest
  @MethodSource("failures")
  void connectsPlainlyWhereTheCallFails(String backend, String call, String with, String errno)
      throws Exception {
    Run run = inject(backend, call, with, errno);

    assertThat(run.output())
        .contains("1: COOKIE_REQUESTED, intact", "2: NOT_ATTEMPTED, intact")
        .contains("3: SYN_DATA_ACKED, intact", "descriptors left: []");
  }

  @ParameterizedTest
  @CsvSource({"linux-legacy, ENOPROTOOPT", "linux-connect, EINVAL"})
  void saysThatTheOutcomeIsNotReportedWhereTheCallFails(String backend, String errno)
      throws Exception {
    Run run = inject(backend, "getsockopt", "TCP_INFO", errno);

    assertThat(run.output())
        .contains("2: java.io.IOException: getsockopt TCP_INFO: errno ", "intact")
        .contains("3: SYN_DATA_ACKED, intact", "descriptors left: []");
  }

  /** Makes a call of the second connect fail, and expects the trace to show that it failed. */
  private static Run inject(String backend, String call, String with, String errno)
      throws Exception {
    int at = position(UNDISTURBED.get(backend).calls(), call, with);
    Run run =
        trace(backend, "trace=" + TRACED, "inject=%s:error=%s:when=%d".formatted(call, errno, at));
    assertThat(run.calls().stream().filter(line -> line.contains("INJECTED")))
        .as("the call that failed, of thread after thread")
        .anyMatch(line -> line.contains(call + "(") && line.contains(with));
    return run;
  }

  /** Returns the number of the second connect's call among its thread's calls of that name. */
  private static int position(List<String> calls, String call, String with) {
    int[] second = marks(calls);
    String thread = calls.get(second[0]).split(" ")[0];
    int count = 0;
    for (int i = 0; i < calls.size(); i++) {
      String line = calls.get(i);
      if (line.startsWith(thread + " ") && line.contains(" " + call + "(")) {
        count++;
        if (i > second[0] && i < second[1] && line.contains(with)) {
          return count;
        }
      }
    }
    throw new AssertionError("the second connect makes no " + call + " with " + with);
  }

  /** Returns where the second connect begins and ends: the program sets SO_LINGER there. */
  private static int[] marks(List<String> calls) {
    List<Integer> marks = new ArrayList<>();
    for (int i = 0; i < calls.size(); i++) {
      if (calls.get(i).contains("SO_LINGER, ") && calls.get(i).contains("setsockopt(")) {
        marks.add(i);
      }
    }
    return new int[] {marks.get(1), marks.get(2)};
  }

  private static Run trace(String backend, String... expressions) throws Exception {
    Path log = Files.createTempFile(folder, "strace", ".log");
    Path output = Files.createTempFile(folder, "java", ".out");
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    List<String> command = new ArrayList<>(List.of("unshare", root ? "-n" : "-Urn", "sh", "-c"));
    command.add("ip link set lo up && exec \"$0\" \"$@\"");
    command.addAll(List.of("strace", "-f", "--seccomp-bpf", "-qq", "-o", log.toString()));
    for (String expression : expressions) {
      command.addAll(List.of("-e", expression));
    }
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp"));
    command.addAll(List.of(ChildJvm.classPath(), ThreeConnects.class.getName()));
    command.add(backend);
    run(command, output);
    return new Run(read(output), Files.readAllLines(log));
  }

  private static int run(List<String> command, Path output) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(new File("/dev/null"))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    builder.environment().remove("JAVA_TOOL_OPTIONS");
    Process process;
    try {
      process = builder.start();
    } catch (IOException missing) {
      Files.writeString(output, missing.toString());
      return -1;
    }
    try {
      assertThat(process.waitFor(MOST_SECONDS, TimeUnit.SECONDS))
          .as(() -> "ended: " + read(output))
          .isTrue();
      return process.exitValue();
    } finally {
      process.destroyForcibly();
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }
}
