package io.tfo.integration.agent;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonParser;
import io.tfo.cli.TfoInThisJvm;
import io.tfo.integration.jvm.StoppedTimerAgent;
import io.tfo.test.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code tfo attach} switches TCP Fast Open in a running program, for sockets and listeners that it
 * opens from then on.
 */
@Timeout(240)
@EnabledOnOs(OS.LINUX)
class AttachTest {
  private static final String SWITCH = "net.ipv4.tcp_fastopen=";

  private Process program;
  private PrintStream requests;
  private BufferedReader lines;

  @BeforeEach
  void start() throws Exception {
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                root ? "-n" : "-Urn",
                "sh",
                "-c",
                "ip link set lo up && exec \"$0\" \"$@\"",
                java(),
                ChildJvm.FIRST_COMPILER,
                // A busy machine may reach the first write later than the SYN waits for it.
                StoppedTimerAgent.option()));
    if (Runtime.version().feature() >= 22) {
      command.addAll(
          List.of("--enable-native-access=ALL-UNNAMED", "-XX:+EnableDynamicAgentLoading"));
    }
    command.addAll(
        List.of("-cp", ChildJvm.home(WaitingProgram.class), WaitingProgram.class.getName()));
    program = new ProcessBuilder(command).redirectErrorStream(true).start();
    requests = new PrintStream(program.getOutputStream(), true, UTF_8);
    lines = new BufferedReader(new InputStreamReader(program.getInputStream(), UTF_8));
    String first = lines.readLine();
    boolean inside = "in the namespace".equals(first);
    assertThat(inside || !"require".equals(System.getProperty("io.tfo.lab"))).as(first).isTrue();
    assumeTrue(inside, () -> "no network namespace: " + first);
  }

  @AfterEach
  void end() throws Exception {
    if (program != null) {
      requests.close();
      program.waitFor(20, TimeUnit.SECONDS);
      program.destroyForcibly();
    }
  }

  private static String java() {
    return Path.of(System.getProperty("java.home"), "bin", "java").toString();
  }

  /** Has the program connect, and returns what the kernel has counted since its start. */
  private String fetch() throws IOException {
    requests.println();
    List<String> seen = new ArrayList<>();
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      seen.add(line);
      if (line.startsWith(PlainProgram.KERNEL)) {
        assertThat(seen).contains("by a socket: c", "by a channel: c");
        return line;
      }
    }
    throw new AssertionError("the program has ended: " + seen);
  }

  private String attach(String... options) throws Exception {
    return attach(AgentJar.path(), options);
  }

  private String attach(Path jar, String... options) throws Exception {
    List<String> arguments =
        new ArrayList<>(
            List.of("attach", String.valueOf(program.pid()), "--agent", jar.toString()));
    arguments.addAll(List.of(options));
    return tfo(arguments);
  }

  private static String tfo(List<String> arguments) {
    ChildJvm run = TfoInThisJvm.run(arguments.toArray(String[]::new));
    return run.exit() + " " + run.output().strip();
  }

  private static String tfoIn(List<String> prefix, List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>(prefix);
    command.addAll(
        List.of(
            java(),
            ChildJvm.FIRST_COMPILER,
            "-cp",
            ChildJvm.classPath("gson", "picocli"),
            "io.tfo.cli.Tfo"));
    command.addAll(arguments);
    Process tfo =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectInput(Redirect.from(new java.io.File("/dev/null")))
            .start();
    String output = new String(tfo.getInputStream().readAllBytes(), UTF_8);
    return tfo.waitFor() + " " + output.strip();
  }

  @Test
  void switchesChannelsOnTooWhereTheProgramHasOpenedNone() throws Exception {
    assertThat(attach("--options", "ports=8443")).contains("TCP Fast Open is on\n");
    assertThat(fetch()).endsWith("8 sent, 8");
  }

  /** An operator changes the switch later, so the agent's first message is no longer true. */
  @Test
  void saysWhatTheKernelsSwitchForbidsNow() throws Exception {
    String on = "TCP Fast Open is on, but ";
    assertThat(attach("--options", "ports=8443;channels=off")).contains("TCP Fast Open is on\n");

    setKernelsSwitch(0);
    assertThat(agentByDoctor())
        .isEqualTo("on, but connects are plain, and listeners ordinary ones, while " + SWITCH + 0);
    setKernelsSwitch(1);
    assertThat(attach("--options", "ports=8443;channels=off"))
        .startsWith("0 ")
        .contains(on + "listeners are ordinary ones while " + SWITCH + 1 + "\n");
    setKernelsSwitch(3);
    assertThat(agentByDoctor()).isEqualTo("on");
  }

  private void setKernelsSwitch(int value) throws Exception {
    List<String> command = inItsNamespace();
    command.addAll(List.of("sh", "-c", "echo " + value + " > /proc/sys/net/ipv4/tcp_fastopen"));
    assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).isZero();
  }

  private List<String> inItsNamespace() throws IOException {
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    List<String> command = new ArrayList<>(List.of("nsenter", "-t", "" + program.pid(), "-n"));
    if (!root) {
      command.addAll(List.of("-U", "--preserve-credentials"));
    }
    return command;
  }

  private String agentByDoctor() throws Exception {
    String json = tfoIn(inItsNamespace(), List.of("doctor", "--json", "--pid", "" + program.pid()));
    return JsonParser.parseString(json.substring(json.indexOf('{')))
        .getAsJsonObject()
        .get("agent")
        .getAsString();
  }

  /**
   * JMX uses the loopback interface of the program's namespace, which {@code doctor} does not
   * reach.
   */
  @Test
  void doctorSaysThatTheProgramIsInAnotherNetworkNamespace() throws Exception {
    assertThat(tfo(List.of("doctor", "--pid", "" + program.pid())))
        .startsWith("69 tfo doctor: process " + program.pid() + " does not answer: ")
        .endsWith("for example with nsenter --net --target " + program.pid());
  }

  @Test
  void switchesSocketsAndListenersOnAndOffAndOnAgain() throws Exception {
    String on =
        "0 process "
            + program.pid()
            + ": TCP Fast Open is on, but not for NIO channels, since the application has already"
            + " opened one; not for asynchronous channels, since the application has already opened"
            + " one\nThis applies to connections and listeners that are opened from now on; open"
            + " ones stay as they are.";
    assertThat(fetch()).isEqualTo(PlainProgram.KERNEL + "0 sent, 0");

    assertThat(attach()).isEqualTo(on);
    assertThat(fetch()).as("the first asks for a cookie").endsWith("2 sent, 2");
    assertThat(fetch()).endsWith("5 sent, 5");

    assertThat(attach("--off")).endsWith("TCP Fast Open is off");
    assertThat(fetch()).endsWith("5 sent, 5");

    assertThat(attach("--options", "ports=8443")).isEqualTo(on);
    assertThat(fetch()).endsWith("8 sent, 8");
  }

  @ParameterizedTest
  @ValueSource(strings = {"sockets=off;channels=off;listeners=off", "ports=none;listeners=off"})
  void saysThatTheOptionsSwitchNothingOn(String options) throws Exception {
    assertThat(attach("--options", options))
        .startsWith("1 ")
        .endsWith("TCP Fast Open is off: the options switch everything off");
    assertThat(attach("--options", "ports=https")).contains("TCP Fast Open is not used: ");
    assertThat(attach("--off")).startsWith("0 ");
  }

  @Test
  void takesTheJarThatItIsGivenWhereTheFirstIsGone(@TempDir Path folder) throws Exception {
    Path first = Files.copy(AgentJar.path(), folder.resolve("tfo-agent.jar"));
    assertThat(attach(first)).startsWith("0 ").contains("is on\n");
    Files.delete(first);

    assertThat(attach("--options", "ports=https"))
        .startsWith("1 ")
        .contains("is on, unchanged: invalid option ports=https: ");
    assertThat(attach("--off")).startsWith("0 ").endsWith("is off");
  }

  @Test
  void saysThatAFileIsNoAgent(@TempDir Path folder) throws Exception {
    Path jar = Files.writeString(folder.resolve("tfo-agent.jar"), "no jar");

    assertThat(attach(jar)).startsWith("69 ").contains(program.pid() + " cannot load " + jar);
  }

  @Test
  void saysThatAnOptionIsWrongAndThatItWasOffBefore() throws Exception {
    assertThat(attach("--off")).startsWith("0 ").endsWith("is off: the process has no agent");
    assertThat(attach("--options", "ports=https")).startsWith("1 ").contains("not used", "https");
    assertThat(fetch()).endsWith("0 sent, 0");
  }
}
