package io.tfo.integration.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tfo.cli.TfoInThisJvm;
import io.tfo.test.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code tfo doctor --pid} of a JVM that has the agent, and no library on its class path. */
@Timeout(120)
class DoctorOfAgentTest {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  /** Connects to itself, and then listens once more for each line, until the end of its input. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws IOException {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      try (ServerSocket server = new ServerSocket(0, 50, loopback);
          Socket client = new Socket(loopback, server.getLocalPort());
          Socket accepted = server.accept()) {
        client.getOutputStream().write(1);
        System.out.println("received " + accepted.getInputStream().read());
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
        List<ServerSocket> more = new ArrayList<>();
        while (lines.readLine() != null) {
          more.add(new ServerSocket(0, 50, loopback));
          System.out.println("listens");
        }
      }
    }
  }

  /**
   * The agent's state when it is on. The switch of this machine's kernel may make connects plain.
   */
  private static final String ON =
      "on(, but connects are plain while net.ipv4.tcp_fastopen=[0-9]+)?";

  private Process process;

  private void start(String classPath, String... options) throws IOException {
    List<String> command = new ArrayList<>(List.of(JAVA, ChildJvm.FIRST_COMPILER));
    command.addAll(List.of(options));
    command.addAll(List.of("-cp", classPath, Program.class.getName()));
    process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    assertThat(process.inputReader().readLine()).isEqualTo("received 1");
  }

  @AfterEach
  void end() throws InterruptedException {
    process.destroy(); // it removes the socket by which it was attached to
    process.waitFor(20, TimeUnit.SECONDS);
    process.destroyForcibly();
    process.waitFor();
  }

  private ChildJvm doctor(String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("doctor"));
    arguments.addAll(List.of(options));
    arguments.addAll(List.of("--pid", String.valueOf(process.pid())));
    return TfoInThisJvm.run(arguments.toArray(String[]::new));
  }

  private String attach(String... options) throws Exception {
    List<String> arguments = new ArrayList<>(List.of("attach", String.valueOf(process.pid())));
    arguments.addAll(List.of("--agent", AgentJar.path().toString()));
    arguments.addAll(List.of(options));
    return TfoInThisJvm.run(arguments.toArray(String[]::new)).output().strip();
  }

  /** A query to the library or the agent does not make the JVM choose its selector provider. */
  @Test
  void letsALaterAttachSwitchChannelsOn() throws Exception {
    start(ChildJvm.classPath("gson", "picocli"));

    assertThat(doctor().output()).contains("connect ").doesNotContain("  agent ");
    assertThat(attach("--options", "ports=https")).contains("not used");
    assertThat(doctor().output()).contains("  agent      not used: invalid option ports=https:");
    assertThat(attach("--options", "listeners=off")).matches(".*TCP Fast Open is " + ON + "\n.*");
  }

  @Test
  void tellsThatTheBackendIsMisspelt() throws Exception {
    start(ChildJvm.home(Program.class), AgentJar.option(""), "-Dio.tfo.backend=linux-conect");
    String why = "not used: -Dio.tfo.backend=linux-conect names no installed backend";

    ChildJvm doctor = doctor("--json");
    assertThat(agent(doctor)).startsWith(why);
    assertThat(doctor.exit()).isEqualTo(2);
    assertThat(attach()).contains(why);
  }

  @Test
  void tellsOfEachPropertyThatIsMalformed() throws Exception {
    start(
        ChildJvm.classPath("gson", "picocli"),
        "-Dio.tfo.withoutCookie=0.0.0.0/0",
        "-Dio.tfo.provider.ports=https");

    assertThat(doctor().output())
        .contains("  problem    -Dio.tfo.withoutCookie=0.0.0.0/0: a block is larger than")
        .contains("  problem    -Dio.tfo.provider.ports=https: must be all, none, or ports");
  }

  @Test
  void tellsThatTheAgentIsOff() throws Exception {
    start(ChildJvm.home(Program.class), AgentJar.option("ports=https"));

    ChildJvm refused = doctor();
    assertThat(refused.output()).contains("  agent      not used: invalid option ports=https:");
    assertThat(refused.exit()).as(refused.output()).isEqualTo(2);

    assertThat(attach("--options", "listeners=off")).matches(".*TCP Fast Open is " + ON + "\n.*");
    assertThat(attach("--off")).endsWith("TCP Fast Open is off");
    ChildJvm off = doctor("--json");
    assertThat(agent(off)).isEqualTo("off");
    assertThat(off.exit()).isEqualTo(2);
  }

  private static String agent(ChildJvm doctor) {
    return JsonParser.parseString(doctor.output()).getAsJsonObject().get("agent").getAsString();
  }

  @Test
  void hasTheCountersOfTheAgentsCopy() throws Exception {
    start(ChildJvm.home(Program.class), AgentJar.option("ports=1-65535"));

    ChildJvm doctor = doctor("--json");

    JsonObject copy = copy(doctor);
    long connects =
        copy.get("synData").getAsLong()
            + copy.get("cookieRequested").getAsLong()
            + copy.getAsJsonObject("plain").asMap().values().stream()
                .mapToLong(each -> each.getAsLong())
                .sum();
    assertThat(connects).as(doctor.output()).isEqualTo(1);
    assertThat(copy.get("version").getAsString()).matches("[0-9].*");
    assertThat(copy.getAsJsonArray("dropIns").toString()).contains("sockets (");
  }

  /** The listener of JMX in that JVM is counted, too: it is there at the first look. */
  @Test
  void countsTheListenersOfTheAgentsCopy() throws Exception {
    start(ChildJvm.home(Program.class), AgentJar.option("ports=1-65535"));
    long before = listeners();
    for (int i = 0; i < 2; i++) {
      process.outputWriter().write("listen\n");
      process.outputWriter().flush();
      assertThat(process.inputReader().readLine()).isEqualTo("listens");
    }

    assertThat(before).isPositive();
    assertThat(listeners() - before).isEqualTo(2);
  }

  private long listeners() throws Exception {
    return copy(doctor("--json")).get("listenersOn").getAsLong();
  }

  private static JsonObject copy(ChildJvm doctor) {
    return JsonParser.parseString(doctor.output())
        .getAsJsonObject()
        .getAsJsonArray("copies")
        .get(0)
        .getAsJsonObject();
  }
}
