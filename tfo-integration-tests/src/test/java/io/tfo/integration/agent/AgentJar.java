package io.tfo.integration.agent;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The agent's jar, as it is shipped: this JVM has it on its class path. */
final class AgentJar {
  private AgentJar() {}

  static Path path() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(entry -> entry.matches(".*[/\\\\]tfo-agent-[^/\\\\]*\\.jar"))
        .map(Path::of)
        .filter(Files::isRegularFile)
        .findFirst()
        .orElseThrow(() -> new AssertionError("the agent's jar is not on the class path"));
  }

  /** The option of {@code java} that loads the agent. */
  static String option(String options) {
    return "-javaagent:" + path() + (options.isEmpty() ? "" : "=" + options);
  }
}
