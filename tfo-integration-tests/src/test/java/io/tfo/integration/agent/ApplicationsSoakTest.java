package io.tfo.integration.agent;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.integration.packaging.ChildMaven;
import io.tfo.integration.packaging.SourceTree;
import io.tfo.integration.socket.HostProgram;
import io.tfo.test.ChildJvm;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs unchanged applications, without and with the agent or the selector provider. */
@Timeout(900)
@EnabledOnOs(OS.LINUX)
class ApplicationsSoakTest {
  private static final Path SOURCES =
      SourceTree.file("tfo-integration-tests/src/test/resources/agent/applications");
  private static final String RESULT = "result: ";
  private static final String PORTS = "8443-8444,9092-9093";
  private static final String OPEN_TELEMETRY =
      "io.opentelemetry.javaagent:opentelemetry-javaagent:2.20.1";

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource
  void doesTheSameWithTheAgentAndItsSynsCarryData(TestedApplication application) throws Exception {
    List<String> program = build(application);

    AgentJvmRun run = AgentJvmRun.after("true", "ports=" + PORTS, options(), program);

    assertThat(results(run.without())).hasSize(5);
    assertThat(results(run.with())).isEqualTo(results(run.without()));
    assertThat(run.without()).contains(PlainProgram.KERNEL + "0 sent, 0");
    AgentJvmRun.assertSynData(run.with(), application.leastSynData());
    assertThat(run.with()).noneMatch(line -> line.contains("tfo-agent: "));
  }

  /** Sets the provider as {@code docs/channels.md} shows it. */
  @ParameterizedTest
  @EnumSource(names = {"KAFKA", "LETTUCE"})
  void doesTheSameWithTheSelectorProviderAndItsSynsCarryData(TestedApplication application)
      throws Exception {
    List<String> program = build(application);
    List<String> provided = new ArrayList<>(program);
    provided.set(1, program.get(1) + File.pathSeparator + library());
    List<String> options =
        options(
            "-Djava.nio.channels.spi.SelectorProvider=io.tfo.nio.FastOpenSelectorProvider",
            "-Dio.tfo.provider.ports=all");

    List<String> plain = AgentJvmRun.run("true", List.of(), options(), program);
    List<String> fast = AgentJvmRun.run("true", List.of(), options, provided);

    assertThat(results(plain)).hasSize(5);
    assertThat(results(fast)).isEqualTo(results(plain));
    AgentJvmRun.assertSynData(fast, application.leastSynData());
  }

  @Test
  void worksBesideOpenTelemetrysAgent() throws Exception {
    List<String> program = build(TestedApplication.HTTP);
    String other = classPath("opentelemetry", List.of(OPEN_TELEMETRY));
    List<String> options =
        options(
            "-javaagent:" + other,
            "-Dotel.traces.exporter=console",
            "-Dotel.metrics.exporter=none",
            "-Dotel.logs.exporter=none");

    AgentJvmRun run = AgentJvmRun.after("true", "ports=" + PORTS, options, program);

    assertThat(results(run.with())).hasSize(5).isEqualTo(results(run.without()));
    assertThat(spans(run.with())).isPositive().isEqualTo(spans(run.without()));
    AgentJvmRun.assertSynData(run.with(), TestedApplication.HTTP.leastSynData());
  }

  private static long spans(List<String> lines) {
    return lines.stream().filter(line -> line.contains("LoggingSpanExporter")).count();
  }

  private static List<String> results(List<String> lines) {
    return lines.stream().filter(line -> line.startsWith(RESULT)).toList();
  }

  /** Returns options by which the application leaves all its files in the test's folder. */
  private List<String> options(String... more) {
    List<String> options = new ArrayList<>(List.of(more));
    options.add("-Dio.tfo.provider.firstWriteMillis=10000");
    options.add("-Djava.io.tmpdir=" + folder);
    if (Runtime.version().feature() >= 22) {
      options.add("--enable-native-access=ALL-UNNAMED");
    }
    return options;
  }

  /** Compiles an application, and returns the arguments of {@code java} that start it. */
  private List<String> build(TestedApplication application) throws Exception {
    int java = Runtime.version().feature();
    assumeTrue(java >= application.leastJava(), () -> "needs Java " + application.leastJava());
    if (application.needsRedis()) {
      HostProgram.find("redis-server");
    }
    Path classes = Files.createDirectory(folder.resolve("classes"));
    String path =
        Stream.of(
                classes.toString(),
                ChildJvm.home(PlainProgram.class), // the small servers of the tests
                classPath(application.folder(), application.dependencies()))
            .filter(entry -> !entry.isEmpty())
            .collect(joining(File.pathSeparator));
    compile(application, classes, path);
    return List.of("-cp", path, "application.Main", application.sysctl());
  }

  private static void compile(TestedApplication application, Path classes, String path)
      throws Exception {
    List<String> arguments = new ArrayList<>(List.of("-d", classes.toString(), "-cp", path));
    for (Path each : List.of(SOURCES, SOURCES.resolve(application.folder()))) {
      try (Stream<Path> files = Files.list(each)) {
        files.map(Path::toString).filter(file -> file.endsWith(".java")).forEach(arguments::add);
      }
    }
    ByteArrayOutputStream messages = new ByteArrayOutputStream();
    int status =
        ToolProvider.getSystemJavaCompiler()
            .run(null, messages, messages, arguments.toArray(String[]::new));
    assertThat(status).as(messages.toString(StandardCharsets.UTF_8)).isZero();
  }

  /** Resolves these dependencies by Maven, and returns them as a class path. */
  private String classPath(String name, List<String> dependencies) throws Exception {
    if (dependencies.isEmpty()) {
      return "";
    }
    Path project = Files.createDirectory(folder.resolve(name));
    Files.writeString(project.resolve("pom.xml"), pom(dependencies));
    ChildMaven.resolve(
        project,
        List.of("org.apache.maven.plugins:maven-dependency-plugin:3.9.0:build-classpath"),
        "-Dmdep.outputFile=classpath");
    return Files.readString(project.resolve("classpath"));
  }

  private static String pom(List<String> dependencies) {
    return """
    <project xmlns="http://maven.apache.org/POM/4.0.0">
      <modelVersion>4.0.0</modelVersion>
      <groupId>application</groupId>
      <artifactId>application</artifactId>
      <version>1</version>
      <dependencies>
    %s  </dependencies>
    </project>
    """
        .formatted(
            dependencies.stream()
                .map(each -> each.split(":"))
                .map(
                    names ->
                        """
                            <dependency>
                              <groupId>%s</groupId>
                              <artifactId>%s</artifactId>
                              <version>%s</version>
                            </dependency>
                        """
                            .formatted((Object[]) names))
                .collect(joining()));
  }

  /** The library, as a user has it on the class path. */
  private static String library() {
    return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(
            entry ->
                entry.matches(".*[/\\\\](tfo-(all|api|jdk|jna|backoff|linux|backend-)|jna-\\d).*"))
        .collect(joining(File.pathSeparator));
  }
}
