package io.tfo.integration.agent;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tfo.test.ChildJvm;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code tfo doctor --pid} of a JVM that has the agent, and no library on its class path. */
@Timeout(120)
class DoctorOfAgentTest {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();

  /** Connects to itself, and then waits for the end of its input. */
  static final class Program {
    private Program() {}

    public static void main(String[] args) throws IOException {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      try (ServerSocket server = new ServerSocket(0, 50, loopback);
          Socket client = new Socket(loopback, server.getLocalPort());
          Socket accepted = server.accept()) {
        client.getOutputStream().write(1);
        System.out.println("received " + accepted.getInputStream().read());
        int unused = System.in.read();
      }
    }
  }

  @Test
  void hasTheCountersOfTheAgentsCopy() throws Exception {
    Process process =
        new ProcessBuilder(
                JAVA,
                ChildJvm.FIRST_COMPILER,
                AgentJar.option("ports=1-65535"),
                "-cp",
                ChildJvm.home(Program.class),
                Program.class.getName())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    try (BufferedReader output = process.inputReader()) {
      assertThat(output.readLine()).isEqualTo("received 1");

      ChildJvm doctor =
          ChildJvm.java(
              List.of(
                  "-cp",
                  System.getProperty("java.class.path"),
                  "io.tfo.cli.Tfo",
                  "doctor",
                  "--json",
                  "--pid",
                  String.valueOf(process.pid())));

      JsonObject copy =
          JsonParser.parseString(doctor.output())
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
      assertThat(connects).as(doctor.output()).isEqualTo(1);
      assertThat(copy.get("version").getAsString()).matches("[0-9].*");
      // The listener of JMX in that JVM is one, too.
      assertThat(copy.get("listenersOn").getAsLong()).isGreaterThanOrEqualTo(1);
      assertThat(copy.getAsJsonArray("dropIns").toString()).contains("sockets (");
    } finally {
      process.destroy(); // it removes the socket by which it was attached to
      process.waitFor(20, TimeUnit.SECONDS);
      process.destroyForcibly();
      process.waitFor();
    }
  }
}
