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
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class ChildProcessTest {
  @TempDir private Path directory;

  @Test
  void runsFromTheClassPathAndItsExitStatusMatchesItsOutput() throws Exception {
    ChildRun child = run(System.getProperty("java.class.path"), "doctor", "--json");
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

  private record ChildRun(int status, String out) {}

  private ChildRun run(String classPath, String... arguments) throws Exception {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                ChildJvm.FIRST_COMPILER,
                "-cp",
                classPath,
                Tfo.class.getName()));
    command.addAll(List.of(arguments));
    File out = directory.resolve("out").toFile();
    Process process =
        new ProcessBuilder(command)
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
