package io.tfo.integration.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.jvm.StoppedTimerAgent;
import io.tfo.integration.packaging.ChildMaven;
import io.tfo.integration.packaging.SourceTree;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** Runs an unchanged executable jar of Spring Boot with Tomcat, without and with the agent. */
@Timeout(600)
@EnabledOnOs(OS.LINUX)
class BootApplicationSoakTest {
  private static final Path SOURCES =
      SourceTree.file("tfo-integration-tests/src/test/resources/agent/boot");
  private static final String RESULT = "result: ";

  @TempDir private Path folder;

  @Test
  void doesTheSameAndItsTomcatAndItsClientsUseTcpFastOpen() throws Exception {
    Path jar = build();
    List<String> options =
        new ArrayList<>(
            List.of(
                // A busy machine may reach the first write later than the SYN waits for it.
                StoppedTimerAgent.option(),
                "-Djava.io.tmpdir=" + folder, // where Tomcat leaves its folder
                // Reactor Netty brings Netty's epoll transport, and takes it where it can.
                "-Dreactor.netty.native=false"));
    if (Runtime.version().feature() >= 22) {
      options.add("--enable-native-access=ALL-UNNAMED");
    }
    AgentJvmRun run =
        AgentJvmRun.after(
            "true",
            "ports=8443-8444",
            options,
            List.of("-jar", jar.toString(), "--server.port=8443"));

    assertThat(results(run.with())).hasSize(16).isEqualTo(results(run.without()));
    assertThat(run.without()).contains(PlainProgram.KERNEL + "0 sent, 0");
    // All connects but the first of each port.
    AgentJvmRun.assertSynData(run.with(), 14);
    assertThat(run.with()).noneMatch(line -> line.contains("tfo-agent: "));
    assertThat(warnings(run.with())).isEqualTo(warnings(run.without()));
  }

  /** Returns the warnings of the JVM. The application logs warnings of its own. */
  private static List<String> warnings(List<String> lines) {
    return lines.stream().filter(line -> line.startsWith("WARNING: ")).toList();
  }

  private static List<String> results(List<String> lines) {
    return lines.stream().filter(line -> line.startsWith(RESULT)).toList();
  }

  private Path build() throws Exception {
    copy();
    ChildMaven.resolve(folder, List.of("package"));
    return folder.resolve("target/application.jar");
  }

  private void copy() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Path copy = folder.resolve(SOURCES.relativize(file).toString());
        Files.createDirectories(copy.getParent());
        Files.copy(file, copy);
      }
    }
  }
}
