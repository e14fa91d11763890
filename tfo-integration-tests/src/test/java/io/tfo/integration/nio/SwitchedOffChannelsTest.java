package io.tfo.integration.nio;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tfo.integration.socket.SocketLab;
import io.tfo.nio.FastOpenAsynchronousChannelProvider;
import io.tfo.nio.FastOpenSelectorProvider;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.test.ChildJvm;
import io.tfo.testkit.BackendLab;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The client side of TCP Fast Open is switched off between the connect of a channel and its first
 * use. Linux does not send the SYN of the deferred connect then, and does not take the deferral
 * back. The same program runs with the JDK's channels and with ours. It has a JVM of its own, since
 * a new socket of the system belongs to the network of the thread that makes it.
 */
@Timeout(120)
class SwitchedOffChannelsTest {
  private static final String BOTH_SIDES = "3";
  private static final String SERVER_SIDE = "2";

  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private SocketLab hosts;
  private InetSocketAddress server;

  @BeforeEach
  void listen() throws Exception {
    hosts = SocketLab.open();
    server = new InetSocketAddress(hosts.lab().server().ipv4(), BackendLab.newPort());
    ServerSocket listening = hosts.listen(server.getPort());
    hosts.serve(listening, this::reply);
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  private void reply(Socket socket) throws IOException {
    String text;
    try {
      socket.getOutputStream().write('r');
      text = new String(socket.getInputStream().readAllBytes(), US_ASCII);
    } catch (IOException e) { // a close without a read may reset the connection
      text = "";
    }
    received.add(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "channels",
        "asynchronous channels",
        "a channel that reads",
        "an asynchronous channel that reads"
      })
  void theProgramSeesWhatItSeesOnTheJdksChannels(String kind) throws Exception {
    List<String> plain = run(kind, false);
    List<String> ours = run(kind, true);
    assertThat(ours).isEqualTo(plain);
  }

  /** The system refuses the connect at once: its host has no IPv6 address any more. */
  @Test
  void theFirstUseTellsThatTheServerCannotBeReached() throws Exception {
    assumeThat(hosts.lab().client().hasIpv6()).as("IPv6 here").isTrue();
    server = new InetSocketAddress(hosts.lab().server().ipv6(), server.getPort());
    hosts.serve(hosts.listen(this::listenOnIpv6), this::reply);
    Process program = hosts.onClient(() -> start("a server that has gone", true));
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(program.getInputStream(), US_ASCII))) {
      assertThat(output.readLine()).isEqualTo("known");
      hosts.lab().wire().forget();
      goOn(program);
      assertThat(output.readLine()).isEqualTo("waits");
      assertThat(hosts.lab().wire().syns()).isEmpty();
      hosts.lab().client().mtu(1_000);
      hosts.lab().client().sysctl("net.ipv4.tcp_fastopen", SERVER_SIDE);
      goOn(program);
      assertThat(output.lines()).hasSize(4).allMatch(line -> line.contains("unreachable"));
    } finally {
      program.destroyForcibly();
    }
  }

  private ServerSocket listenOnIpv6() throws IOException {
    return FastOpenServerSocketFactory.system()
        .createServerSocket(server.getPort(), 50, server.getAddress());
  }

  private static void goOn(Process program) throws IOException {
    program.getOutputStream().write('\n');
    program.getOutputStream().flush();
  }

  /** Returns what the program has printed, and what the server has received from it. */
  private List<String> run(String kind, boolean isOurs) throws Exception {
    List<String> seen = new ArrayList<>();
    Process program = hosts.onClient(() -> start(kind, isOurs));
    try (BufferedReader output =
        new BufferedReader(new InputStreamReader(program.getInputStream(), US_ASCII))) {
      for (String line = output.readLine(); line != null; line = output.readLine()) {
        if (line.equals("waits")) {
          if (isOurs) {
            assertThat(hosts.lab().wire().syns()).as("behind %s", seen).isEmpty();
          }
          hosts.lab().client().sysctl("net.ipv4.tcp_fastopen", SERVER_SIDE);
        } else {
          seen.add(line + ", received: " + received.poll(20, TimeUnit.SECONDS));
          if (isOurs && !line.equals("known")) {
            assertThat(hosts.lab().wire().syns())
                .as("of %s", line)
                .singleElement()
                .matches(syn -> syn.payload().length == 0 && !syn.hasFastOpenOption());
          }
          hosts.lab().client().sysctl("net.ipv4.tcp_fastopen", BOTH_SIDES);
        }
        hosts.lab().wire().forget();
        goOn(program);
      }
    } finally {
      program.destroyForcibly();
    }
    assertThat(seen).isNotEmpty();
    return seen;
  }

  private Process start(String kind, boolean isOurs) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.add(ChildJvm.FIRST_COMPILER);
    if (isOurs) {
      command.addAll(
          List.of(
              "-Djava.nio.channels.spi.SelectorProvider="
                  + FastOpenSelectorProvider.class.getName(),
              "-Djava.nio.channels.spi.AsynchronousChannelProvider="
                  + FastOpenAsynchronousChannelProvider.class.getName(),
              "-Dio.tfo.provider.ports=all",
              "-Dio.tfo.provider.firstWriteMillis=" + (kind.endsWith("channels") ? 20_000 : 1000)));
    }
    command.addAll(
        List.of(
            "-cp",
            ChildJvm.classPath(),
            SwitchedOffProgram.class.getName(),
            server.getAddress().getHostAddress(),
            String.valueOf(server.getPort()),
            hosts.lab().client().ipv4().getHostAddress(),
            kind));
    return new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
  }
}
