package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability.Kind;
import io.tfo.test.ChildJvm;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ChildProcessTest {
  @TempDir private Path directory;

  @Test
  void runsFromTheClassPathAndItsExitStatusMatchesItsOutput() throws Exception {
    ChildRun child = run(ChildJvm.classPath("gson", "picocli"), "doctor", "--json");
    JsonObject json = JsonParser.parseString(child.out()).getAsJsonObject();
    boolean connects = json.get("canConnect").getAsBoolean();
    boolean listens = json.get("canListen").getAsBoolean();
    assertThat(child.status()).isEqualTo(connects && listens ? 0 : connects || listens ? 1 : 2);
    assertThat(json.getAsJsonArray("backends")).isNotEmpty();
  }

  @Test
  void demoShowsAllButHttpsIfOkHttpIsMissing() throws Exception {
    assumeTrue(Lab.availability().kind() == Kind.TWO_HOSTS, () -> Lab.availability().toString());
    String withoutOkHttp =
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(path -> !path.contains("okhttp"))
            .collect(Collectors.joining(File.pathSeparator));
    ChildRun child = run(withoutOkHttp, "demo", "--delay", "4");
    assertThat(child.out()).contains("OkHttp is not on the class path", "TFO cookie ");
    assertThat(child.status()).isZero();
  }

  /** JDK 17 and 21 have elliptic curves in a module of their own. */
  @Test
  void demoShowsAllButHttpsIfTheRuntimeLacksWhatTlsNeeds() throws Exception {
    assumeTrue(Lab.availability().kind() == Kind.TWO_HOSTS, () -> Lab.availability().toString());
    ChildRun child =
        run(
            System.getProperty("java.class.path"),
            List.of("--limit-modules", "java.base,java.logging"),
            "demo",
            "--delay",
            "4");
    if (Runtime.version().feature() < 22) {
      assertThat(child.out()).contains("Skipped: this Java runtime lacks what TLS needs, EC ");
    }
    assertThat(child.out()).contains("TFO cookie ");
    assertThat(child.status()).isZero();
  }

  /** In this locale, text that is formatted by the JVM's own locale has Persian digits. */
  @Test
  void demoWorksWhereTheLanguageHasOtherDigits() throws Exception {
    assumeTrue(Lab.availability().kind() == Kind.TWO_HOSTS, () -> Lab.availability().toString());
    ChildRun child =
        run(
            System.getProperty("java.class.path"),
            List.of("-Duser.language=fa", "-Duser.country=IR"),
            "demo",
            "--delay",
            "4");
    assertThat(child.out())
        .contains("HTTPS with OkHttp", "with the ClientHello in the SYN", "Segments of connect 2")
        .doesNotContainPattern("[\\p{Nd}&&[^0-9]]");
    assertThat(child.status()).isZero();
  }

  /** The runtimes of many container images have no {@code jdk.attach}, some no JMX. */
  @Test
  void doctorNeedsNoModuleOfTheJdkThatARuntimeCanLack() throws Exception {
    List<String> reduced = List.of("--limit-modules", "java.base,java.logging");
    String classPath = ChildJvm.classPath("gson", "picocli");

    assertThat(run(classPath, reduced, "doctor").out()).isEqualTo(run(classPath, "doctor").out());

    String ownPid = String.valueOf(ProcessHandle.current().pid());
    for (List<String> arguments :
        List.of(
            List.of("doctor", "--pid", ownPid),
            List.of("top", ownPid),
            List.of("attach", ownPid))) {
      Process process =
          new ProcessBuilder(command(classPath, reduced, arguments.toArray(String[]::new))).start();
      try {
        assertThat(process.errorReader().lines())
            .containsExactly(
                "tfo "
                    + arguments.get(0)
                    + ": this Java runtime cannot attach to other processes: run tfo with a JDK");
        assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(69);
      } finally {
        process.destroyForcibly();
      }
    }
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void saysThatItsOutputCannotBeWritten() throws Exception {
    Process process =
        new ProcessBuilder(
                command(ChildJvm.classPath("gson", "picocli"), List.of(), "doctor", "--json"))
            .redirectOutput(new File("/dev/full"))
            .start();
    try {
      assertThat(process.errorReader().lines()) // new JDKs warn of JNA before
          .endsWith("tfo doctor: the output cannot be written");
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isEqualTo(69);
    } finally {
      process.destroyForcibly();
    }
  }

  private record ChildRun(int status, String out) {}

  private static List<String> command(String classPath, List<String> options, String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(ChildJvm.FIRST_COMPILER);
    command.addAll(options);
    command.addAll(List.of("-cp", classPath, Tfo.class.getName()));
    command.addAll(List.of(arguments));
    return command;
  }

  private ChildRun run(String classPath, String... arguments) throws Exception {
    return run(classPath, List.of(), arguments);
  }

  private ChildRun run(String classPath, List<String> options, String... arguments)
      throws Exception {
    File out = directory.resolve("out").toFile();
    Process process =
        new ProcessBuilder(command(classPath, options, arguments))
            .redirectOutput(out)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(90, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    return new ChildRun(
        process.exitValue(), Files.readString(out.toPath(), StandardCharsets.UTF_8));
  }
}
