package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import java.io.BufferedReader;
import java.io.PipedReader;
import java.io.PipedWriter;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServeAndConnectTest {
  private static final int PIPE_CHARS = 64 * 1024;

  @Test
  void printTheOutcomeOfEachConnectionOnBothSides() throws Exception {
    try (PipedWriter out = new PipedWriter();
        BufferedReader lines = new BufferedReader(new PipedReader(out, PIPE_CHARS))) {
      FutureTask<Integer> server = new FutureTask<>(() -> serve(out, "--max", "3"));
      start(server);
      CommandRun client =
          CommandRun.of("connect", "127.0.0.1", port(lines), "--data", "gr\u00fc\u00df");
      assertThat(client.err()).isEmpty();
      assertThat(client.status()).isBetween(0, 1);
      assertThat(client.out().lines().filter(line -> line.contains("reply after"))).hasSize(3);
      assertThat(client.out().replaceAll("\\s+", " "))
          .contains("TCP Fast Open, client side: ")
          .contains(FastOpenConnector.system().capability().detail());
      assertThat(server.get(30, TimeUnit.SECONDS)).isZero();
      String served = lines.lines().collect(Collectors.joining("\n"));
      assertThat(served)
          .contains("6 bytes", "of 3 connections.")
          .doesNotContain("ended by an error");
      if (client.status() == 0) {
        assertThat(client.out())
            .contains("SYN data acknowledged", "TCP Fast Open works to this server");
        assertThat(served).contains("SYN data accepted");
      }
    }
  }

  @Test
  void reportAPortInUseAndARefusedPortOnOneLine() throws Exception {
    int port;
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      port = taken.getLocalPort();
      CommandRun server = CommandRun.of("serve", String.valueOf(port), "--bind", "127.0.0.1");
      assertThat(server.err())
          .isEqualToIgnoringNewLines(
              "tfo serve: cannot listen on 127.0.0.1:" + port + ": address already in use");
      assertThat(server.status()).isEqualTo(69);
    }
    CommandRun client = CommandRun.of("connect", "127.0.0.1", String.valueOf(port));
    assertThat(client.err())
        .isEqualToIgnoringNewLines(
            "tfo connect: connect to 127.0.0.1:%d: connection refused; 'tfo probe 127.0.0.1:%d' compares"
                    .formatted(port, port)
                + " with ordinary connects");
    assertThat(client.status()).isEqualTo(69);
    assertThat(CommandRun.of("connect", "127.0.0.1", String.valueOf(port), "--verbose").err())
        .contains("\tat ");
  }

  @Test
  void reportAnUnknownHost() {
    CommandRun client = CommandRun.of("connect", "[not-an-address", "1");
    assertThat(client.err()).startsWith("tfo connect: unknown host: [not-an-address");
    assertThat(client.status()).isEqualTo(69);
  }

  @Test
  void reportAServerThatDoesNotEcho() throws Exception {
    try (ServerSocket mute = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
      start(
          new FutureTask<>(
              () -> {
                mute.accept().close();
                return 0;
              }));
      CommandRun client =
          CommandRun.of("connect", "127.0.0.1", String.valueOf(mute.getLocalPort()));
      assertThat(client.status()).isEqualTo(69);
      assertThat(client.err()).startsWith("tfo connect: connect to 127.0.0.1:");
    }
  }

  private static int serve(PipedWriter out, String... options) throws Exception {
    try (out) {
      String[] arguments = {"serve", "0", "--bind", "127.0.0.1", options[0], options[1]};
      return Tfo.commandLine(
              CommandRun.terminal(out),
              new PrintWriter(new StringWriter()),
              InstalledReport::probe,
              CommandRun.NO_RELAUNCH)
          .execute(arguments);
    }
  }

  private static void start(Runnable task) {
    Thread thread = new Thread(task, "test-server");
    thread.setDaemon(true);
    thread.start();
  }

  private static String port(BufferedReader lines) throws Exception {
    String prefix = "Listening on 127.0.0.1:";
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(prefix)) {
        return line.substring(prefix.length());
      }
    }
    throw new AssertionError("the server does not listen");
  }
}
