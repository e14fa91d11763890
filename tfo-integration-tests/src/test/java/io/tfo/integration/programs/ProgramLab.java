package io.tfo.integration.programs;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.socket.SocketLab;
import io.tfo.integration.socket.TestKeys;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.lab.Wire;
import io.tfo.test.StoppedTimer;
import io.tfo.testkit.BackendLab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;

/** A lab with a program and its server. */
final class ProgramLab implements AutoCloseable {
  /** More than any program needs on a busy machine. */
  static final Duration PATIENT = Duration.ofSeconds(10);

  private final SocketLab hosts;
  private final Program program;
  private final SSLContext tls;
  private final InetSocketAddress server;

  private ProgramLab(SocketLab hosts, Program program, int port) throws Exception {
    this.hosts = hosts;
    this.program = program;
    this.tls = TestKeys.of(hosts.lab().server().ipv4()).sslContext();
    this.server = program.serve(hosts, port, tls);
  }

  static ProgramLab open(Program program) throws Exception {
    return open(program, BackendLab.newPort());
  }

  static ProgramLab open(Program program, int port) throws Exception {
    SocketLab hosts = SocketLab.open();
    try {
      return new ProgramLab(hosts, program, port);
    } catch (Throwable e) {
      hosts.close();
      throw e;
    }
  }

  SocketLab hosts() {
    return hosts;
  }

  Wire wire() {
    return hosts.lab().wire();
  }

  InetSocketAddress server() {
    return server;
  }

  /** Runs the program once over the JDK's channels. */
  String plain(Duration patience) throws Exception {
    return plain(List.of(server), patience);
  }

  String plain(List<InetSocketAddress> servers, Duration patience) throws Exception {
    SwitchedProvider.plain(true);
    try {
      return run(servers, patience);
    } finally {
      SwitchedProvider.plain(false);
    }
  }

  /** Runs the program once over the provider's channels. */
  String fast(Duration patience) throws Exception {
    return run(List.of(server), patience);
  }

  String run(List<InetSocketAddress> servers, Duration patience) throws Exception {
    ProgramRun run = new ProgramRun(servers, tls, patience);
    wire().forget();
    String answer = hosts.onClient(() -> program.run(run));
    assertThat(answer).isNotEmpty();
    return answer;
  }

  /** The SYNs of the last run. Those of older connections may be among them. */
  List<Segment> syns() {
    return wire().segments().stream()
        .filter(segment -> segment.isSyn() && segment.destination().equals(server))
        .toList();
  }

  /**
   * Has the program connect twice: the first SYN asks for a cookie, unless one is known, and the
   * second carries the first bytes. Returns the answer to the second.
   */
  String fastInSyn() throws Exception {
    fast(PATIENT);
    String answer = fastAtLeisure();
    assertThat(syns()).anyMatch(syn -> program.isFirst(syn.payload()));
    return answer;
  }

  /** Has the first SYN wait for its data, however long a busy machine takes to the first write. */
  String fastAtLeisure() throws Exception {
    return StoppedTimer.during(() -> fast(PATIENT));
  }

  /**
   * Clears the faults, and connects until a SYN carries data, so that this port no longer counts as
   * lost. Two lost ports would make all connects to their address plain, also those of the next
   * program.
   *
   * <p>MongoDB's driver shuts its group down while a connect is pending, over the JDK's channels
   * too where a SYN is lost. A thread of the group then ends with {@link
   * java.nio.channels.ShutdownChannelGroupException}.
   */
  void mend() {
    wire().clearFaults();
    Awaitility.await()
        .dontCatchUncaughtExceptions()
        .atMost(Duration.ofSeconds(60))
        .until(
            () -> {
              fastAtLeisure();
              return syns().stream().anyMatch(Faults::hasData);
            });
  }

  @Override
  public void close() throws IOException {
    hosts.close();
  }
}
