package io.tfo.integration.nio;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.socket.SocketLab;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.nio.FastOpenSelectorProvider;
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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A program that writes to a channel of the provider, closes it, and ends. */
@Timeout(60)
class DelayedEndsAtExitTest {
  private static final Duration DELAY = Duration.ofMillis(300);

  private SocketLab hosts;
  private ServerSocket listener;
  private Process program;

  @BeforeEach
  void letTheProgramGetToKnowTheServer() throws Exception {
    hosts = SocketLab.open();
    InetSocketAddress server =
        new InetSocketAddress(hosts.lab().server().ipv4(), BackendLab.newPort());
    listener = hosts.listen(server.getPort());
    program = hosts.onClient(() -> start(server));
    for (int i = 0; i < 2; i++) {
      try (Socket accepted = listener.accept()) {
        accepted.getOutputStream().write(accepted.getInputStream().read());
        assertThat(accepted.getInputStream().read()).isEqualTo(-1);
      }
    }
    assertThat(output().readLine()).isEqualTo("ready");
    hosts.lab().wire().forget();
  }

  @AfterEach
  void close() throws IOException {
    if (program != null) {
      program.destroyForcibly();
    }
    if (hosts != null) {
      hosts.close();
    }
  }

  private static Process start(InetSocketAddress server) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    if (Runtime.version().feature() >= 22) {
      command.add("--enable-native-access=ALL-UNNAMED");
    }
    command.addAll(
        List.of(
            ChildJvm.FIRST_COMPILER,
            "-Djava.nio.channels.spi.SelectorProvider=" + FastOpenSelectorProvider.class.getName(),
            "-Dio.tfo.provider.ports=all",
            "-Dio.tfo.provider.firstWriteMillis=3000",
            "-cp",
            ChildJvm.classPath(),
            ProgramThatEnds.class.getName(),
            server.getAddress().getHostAddress(),
            String.valueOf(server.getPort())));
    return new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
  }

  private BufferedReader output() {
    return new BufferedReader(new InputStreamReader(program.getInputStream(), US_ASCII));
  }

  private void goOn(byte where) throws IOException {
    program.getOutputStream().write(where);
    program.getOutputStream().flush();
  }

  @ParameterizedTest
  @ValueSource(bytes = {ProgramThatEnds.BY_ITS_LAST_THREAD, ProgramThatEnds.IN_A_SHUTDOWN_HOOK})
  void deliversWhatWasWrittenBeforeTheProgramEnds(byte where) throws Exception {
    hosts.lab().wire().delay(DELAY);

    goOn(where);

    try (Socket accepted = listener.accept()) {
      assertThat(accepted.getInputStream().readAllBytes()).isEqualTo(new byte[] {1});
    }
    assertThat(program.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(program.exitValue()).isZero();
    Segment syn = hosts.lab().wire().syns().get(0);
    assertThat(syn.payload()).as("in the SYN").isEqualTo(new byte[] {1});
    hosts.lab().wire().await(each -> isEnd(syn, each));
    assertThat(
            hosts.lab().wire().segments().stream()
                .filter(each -> isOf(syn.source(), each)) // the others have ended before
                .takeWhile(each -> !isEnd(syn, each)))
        .noneMatch(each -> each.has(Segment.Flag.RST));
  }

  /** The end of the server's stream. A late copy of a FIN can be answered by a reset after it. */
  private static boolean isEnd(Segment syn, Segment segment) {
    return segment.has(Segment.Flag.FIN) && segment.destination().equals(syn.source());
  }

  private static boolean isOf(InetSocketAddress client, Segment segment) {
    return segment.source().equals(client) || segment.destination().equals(client);
  }

  @ParameterizedTest
  @ValueSource(bytes = {ProgramThatEnds.BY_ITS_LAST_THREAD, ProgramThatEnds.IN_A_SHUTDOWN_HOOK})
  void endsTheProgramWithinSecondsThoughNothingIsAnswered(byte where) throws Exception {
    hosts.lab().wire().fault(Faults.cut());

    goOn(where);

    assertThat(hosts.lab().wire().await(Segment::isSyn).payload()).isNotEmpty();
    long start = System.nanoTime();
    assertThat(program.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(7));
    assertThat(program.exitValue()).isZero();
  }
}
