package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.tools.attach.VirtualMachine;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.test.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.management.ObjectName;
import javax.management.remote.JMXConnector;
import javax.management.remote.JMXConnectorFactory;
import javax.management.remote.JMXServiceURL;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code doctor --pid} and {@code top} of a JVM that was not prepared for it. */
@Timeout(120)
class AttachedProcessTest {
  private Process process;
  private BufferedReader output;

  private void start(String classPath) throws IOException {
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                ChildJvm.FIRST_COMPILER,
                "-cp",
                classPath,
                ObservedProgram.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    output = process.inputReader();
    assertThat(output.readLine()).isEqualTo("ready");
  }

  private void connect() throws IOException {
    OutputStream input = process.getOutputStream();
    input.write('\n');
    input.flush();
    assertThat(output.readLine()).isEqualTo("1");
  }

  /**
   * Ends the process by a signal that the JVM handles. The JVM then removes the socket by which it
   * was attached to.
   */
  @AfterEach
  void end() throws Exception {
    if (process != null) {
      process.destroy();
      process.waitFor(20, TimeUnit.SECONDS);
      process.destroyForcibly();
      process.waitFor();
    }
  }

  private String pid() {
    return String.valueOf(process.pid());
  }

  private static boolean isOn() {
    return FastOpenConnector.system().capability().toString().contains("AVAILABLE")
        && FastOpenListener.system().capability().toString().contains("AVAILABLE");
  }

  @Test
  void doctorTellsWhatAProcessDoes() throws Exception {
    start(ChildJvm.classPath("gson", "picocli"));
    for (int i = 0; i < 3; i++) {
      connect();
    }

    CommandRun text = CommandRun.of("doctor", "--pid", pid());
    CommandRun json = CommandRun.of("doctor", "--pid", pid(), "--json");

    assertThat(text.err()).isEmpty();
    assertThat(text.out()).startsWith("TCP Fast Open in process " + pid());
    JsonObject copy =
        JsonParser.parseString(json.out())
            .getAsJsonObject()
            .getAsJsonArray("copies")
            .get(0)
            .getAsJsonObject();
    long connects =
        copy.get("synData").getAsLong()
            + copy.get("cookieRequested").getAsLong()
            + copy.getAsJsonObject("plain").asMap().values().stream()
                .mapToLong(each -> each.getAsLong())
                .sum();
    assertThat(connects).isEqualTo(3);
    assertThat(text.status()).isEqualTo(json.status()).isBetween(0, 2);
    if (isOn()) {
      assertThat(text.status()).isZero();
      assertThat(copy.get("synData").getAsLong()).isEqualTo(2);
      assertThat(text.out())
          .contains("in use     ", "sockets (", "listeners (", "2 with data", "1 switched on")
          .contains("back-off   none");
    }
  }

  @Test
  void topPrintsWhatHasComeSinceTheLineBefore() throws Exception {
    start(ChildJvm.classPath("gson", "picocli"));
    connect();
    connect();
    CommandRun first = CommandRun.of("top", pid(), "--count", "1");
    connect();
    CommandRun second = CommandRun.of("top", pid(), "--count", "2");

    assertThat(first.err() + second.err()).isEmpty();
    assertThat(first.status() + second.status()).isZero();
    assertThat(rows(first)).hasSize(1);
    assertThat(rows(second)).hasSize(2);
    assertThat(rows(second).get(1)).as("nothing since").containsOnly(0L);
    if (isOn()) {
      assertThat(rows(first).get(0).subList(0, 3)).containsExactly(1L, 0L, 0L);
      assertThat(rows(second).get(0).subList(0, 3))
          .as("outcomes are read")
          .containsExactly(2L, 1L, 0L);
      assertThat(rows(second).get(0).get(6)).as("accepted").isEqualTo(1);
    }
  }

  private static List<List<Long>> rows(CommandRun run) {
    return run.out()
        .lines()
        .skip(1)
        .map(line -> Stream.of(line.strip().split(" +")).map(Long::valueOf).toList())
        .toList();
  }

  @Test
  void twoClientsAskOneProcessAndTheFirstToEndLeavesTheOther() throws Exception {
    start(ChildJvm.classPath("gson", "picocli"));
    AttachedProcess first = AttachedProcess.attach(process.pid());
    try (AttachedProcess second = AttachedProcess.attach(process.pid())) {
      assertThat(second.ask(ProcessReport::of)).hasSize(1);
      first.close();
      assertThat(second.ask(ProcessReport::of)).hasSize(1);
    }
    assertThat(namesInTheProcess()).isEmpty();
  }

  @Test
  void topLeavesNothingInTheProcessWhenASignalEndsIt() throws Exception {
    start(ChildJvm.classPath("gson", "picocli"));
    Process top = top();
    try {
      assertThat(top.inputReader().readLine()).contains("SYN data");
      top.destroy();
      assertThat(top.waitFor(30, TimeUnit.SECONDS)).isTrue();
    } finally {
      top.destroyForcibly();
    }
    assertThat(namesInTheProcess()).isEmpty();
  }

  @Test
  void topEndsWhenItsOutputIsClosed() throws Exception {
    start(ChildJvm.classPath("gson", "picocli"));
    Process top = top();
    try {
      BufferedReader printed = top.inputReader();
      assertThat(printed.readLine()).contains("SYN data");
      printed.close();
      assertThat(top.waitFor(30, TimeUnit.SECONDS)).isTrue();
      assertThat(top.errorReader().readLine()).isEqualTo("tfo top: the output cannot be written");
      assertThat(top.exitValue()).isEqualTo(69);
    } finally {
      top.destroyForcibly();
    }
    assertThat(namesInTheProcess()).isEmpty();
  }

  private Process top() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            ChildJvm.FIRST_COMPILER,
            "-cp",
            ChildJvm.classPath("gson", "picocli"),
            Tfo.class.getName(),
            "top",
            pid())
        .start();
  }

  /** Returns the MBeans of this library in the process, as any client of JMX sees them. */
  @SuppressWarnings("BanJNDI") // the process that was started here tells its address
  private Set<ObjectName> namesInTheProcess() throws Exception {
    VirtualMachine jvm = VirtualMachine.attach(pid());
    try (JMXConnector connector =
        JMXConnectorFactory.connect(new JMXServiceURL(jvm.startLocalManagementAgent()))) {
      return connector.getMBeanServerConnection().queryNames(new ObjectName("io.tfo:*"), null);
    } finally {
      jvm.detach();
    }
  }

  @Test
  void aProcessThatIsNoJvmIsLeftAlone() throws Exception {
    Process other = new ProcessBuilder("sleep", "100").redirectErrorStream(true).start();
    try {
      assertFailure(
          "doctor --pid " + other.pid(),
          "tfo doctor: cannot attach to process " + other.pid() + ": it is not a JVM");
      assertThat(other.isAlive()).as("not ended by a signal").isTrue();
    } finally {
      other.destroyForcibly();
      assertThat(other.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
    assertFailure("top " + other.pid(), "tfo top: there is no process " + other.pid());
  }

  /** RMI's own words have two lines, and name no process. */
  @Test
  void aProcessThatEndsMeanwhileIsReportedAsEnded() throws Exception {
    start(ChildJvm.classPath("gson", "picocli"));
    VirtualMachine jvm = VirtualMachine.attach(pid());
    String management = jvm.startLocalManagementAgent();
    jvm.detach();
    end();

    assertThatThrownBy(() -> AttachedProcess.connect(process.pid(), management))
        .isInstanceOf(IOException.class)
        .hasMessage("process " + pid() + " has ended");
  }

  @Test
  void aJvmWithoutTheLibraryIsReportedWithTheRemedy() throws Exception {
    startIdle();

    for (String command : new String[] {"doctor --pid ", "top "}) {
      assertFailure(
          command + pid(),
          "tfo %s: process %s does not have io.tfo.management.FastOpen on its class path. 'tfo attach %s'"
              .formatted(command.split(" ")[0], pid(), pid()));
    }
  }

  @Test
  void aJvmThatCannotBeAttachedToIsReportedWithTheRemedy() throws Exception {
    startIdle("-XX:+DisableAttachMechanism");

    CommandRun run = CommandRun.of("attach", pid());

    assertThat(run.err())
        .contains("-XX:+DisableAttachMechanism, restart it without", "or with -javaagent");
    assertThat(run.status()).isEqualTo(69);
  }

  @Test
  void aFileThatTheProcessCannotLoadIsReportedWithThePlaceWhereItMustBe() throws Exception {
    startIdle();
    Path noAgent = Path.of("pom.xml").toAbsolutePath();

    CommandRun run = CommandRun.of("attach", pid(), "--agent", noAgent.toString());

    assertThat(run.err())
        .contains("cannot load " + noAgent, "give --agent a path", "can read the jar");
    assertThat(run.status()).isEqualTo(69);
  }

  private void startIdle(String... options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(ChildJvm.FIRST_COMPILER);
    command.addAll(List.of(options));
    command.add("src/test/java/io/tfo/cli/IdleProgram.java");
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    output = process.inputReader();
    assertThat(output.readLine()).isEqualTo("ready");
  }

  private static void assertFailure(String commandLine, String message) {
    CommandRun run = CommandRun.of(commandLine.split(" "));
    assertThat(run.err()).startsWith(message).doesNotContain("\tat ");
    assertThat(run.out()).isEmpty();
    assertThat(run.status()).isEqualTo(69);
  }
}
