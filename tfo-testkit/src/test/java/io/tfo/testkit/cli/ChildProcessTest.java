package io.tfo.testkit.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class ChildProcessTest {
  @TempDir private Path directory;

  @Test
  void runsFromTheClassPathAndExitsByWhatItTells() throws Exception {
    File out = directory.resolve("out").toFile();
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Tfo.class.getName(),
                "doctor",
                "--json")
            .redirectOutput(out)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try {
      assertThat(process.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    JsonObject json =
        JsonParser.parseString(Files.readString(out.toPath(), StandardCharsets.UTF_8))
            .getAsJsonObject();
    boolean connects = json.get("canConnect").getAsBoolean();
    boolean listens = json.get("canListen").getAsBoolean();
    assertThat(process.exitValue())
        .isEqualTo(connects && listens ? 0 : connects || listens ? 1 : 2);
    assertThat(json.getAsJsonArray("backends")).isNotEmpty();
  }
}
