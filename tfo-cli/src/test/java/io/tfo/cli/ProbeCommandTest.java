package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability.Kind;
import io.tfo.lab.Verdict;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Probes servers and paths of all kinds, in the lab. */
@Timeout(120)
class ProbeCommandTest {
  /** A new one for each: what became of a SYN to a destination is remembered. */
  private static final AtomicInteger NEXT_PORT = new AtomicInteger(20_000);

  private static final int BACKLOG = 50;

  /** The behaviour of the path. */
  private enum Path {
    CLEAR(() -> Verdict::pass, "WORKS", 0),
    DROPS_SYN_DATA(Faults::dropSynData, "DROPPED", 2),
    STRIPS_THE_OPTION(Faults::stripFastOpenOption, "NO_COOKIE", 2),
    STRIPS_THE_DATA(Faults::stripSynData, "NOT_ACKNOWLEDGED", 2),
    SPOILS_THE_COOKIE(Faults::spoilCookie, "NOT_ACKNOWLEDGED", 2),
    RESETS_SYN_DATA(() -> Faults.only(Faults::isSynWithData, Faults.resetSyn()), "RESET", 2),
    DROPS_THE_OPTION(
        () -> Faults.drop(s -> s.isSyn() && s.fastOpenCookie().isPresent()), "OPTION_DROPPED", 2);

    final Supplier<Fault> fault;
    final String finding;
    final int status;

    Path(Supplier<Fault> fault, String finding, int status) {
      this.fault = fault;
      this.finding = finding;
      this.status = status;
    }
  }

  @ParameterizedTest
  @EnumSource
  void tellsWhatThePathDoes(Path path) throws Exception {
    try (Lab lab = open()) {
      lab.wire().delay(Duration.ofMillis(10));
      lab.wire().fault(path.fault.get());
      ProbeRun run = probe(lab, BACKLOG);
      assertThat(run.finding()).as(run.json().toString()).isEqualTo(path.finding);
      assertThat(run.status()).isEqualTo(path.status);
    }
  }

  @Test
  void tellsThatTheServerGivesNoCookie() throws Exception {
    try (Lab lab = open()) {
      assertThat(probe(lab, 0).finding()).isEqualTo("NO_COOKIE");
    }
  }

  /**
   * The kernel has a cookie: the first SYN has data, and the connect ends before its second SYN.
   * The network drops the second SYN, too, for a machine that ends the connect late.
   */
  @Test
  void saysOnlyThatSynsAreLostWhereTheTimeoutIsTooShort() throws Exception {
    try (Lab lab = open()) {
      fetchCookie(lab);
      Set<Integer> withData = ConcurrentHashMap.newKeySet();
      lab.wire()
          .fault(
              Faults.drop(
                  segment -> {
                    if (Faults.isSynWithData(segment)) {
                      withData.add(segment.source().getPort());
                    }
                    return segment.isSyn() && withData.contains(segment.source().getPort());
                  }));

      ProbeRun run = probe(lab, BACKLOG, "--timeout", "1");

      assertThat(run.finding()).as(run.json().toString()).isEqualTo("LOST");
    }
  }

  private static void fetchCookie(Lab lab) throws Exception {
    InetSocketAddress any = new InetSocketAddress(lab.server().ipv4(), 0);
    try (ServerSocketChannel listening =
            lab.server().call(() -> FastOpenListener.system().open(any, BACKLOG, BACKLOG));
        SocketChannel channel = lab.client().call(SocketChannel::open)) {
      FastOpenConnector.system()
          .connect(channel, listening.getLocalAddress(), ByteBuffer.wrap(new byte[1]));
      assertThat(FastOpenConnector.system().outcome(channel))
          .isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
    }
  }

  @Test
  void tellsThatItIsOffHere() throws Exception {
    try (Lab lab = open()) {
      lab.client().sysctl("net.ipv4.tcp_fastopen", "2");
      ProbeRun run = probe(lab, BACKLOG);
      assertThat(run.finding()).isEqualTo("OFF_HERE");
      assertThat(run.json().toString()).contains("net.ipv4.tcp_fastopen=2: server only");
    }
  }

  @Test
  void tellsThatASettingOfTheProcessMakesConnectsPlain() throws Exception {
    try (Lab lab = open()) {
      FastOpenConnector plain = FastOpenConnector.system().plainFor(any -> true);
      InetSocketAddress any = new InetSocketAddress(lab.server().ipv4(), 0);
      try (ServerSocketChannel listening =
          lab.server().call(() -> FastOpenListener.system().open(any, BACKLOG, BACKLOG))) {
        lab.server().start(() -> answer(listening));
        InetSocketAddress server = (InetSocketAddress) listening.getLocalAddress();

        ProbeResult result =
            lab.client()
                .call(() -> ProbeResult.of(plain, server, new byte[1], 2, Duration.ofSeconds(5)));

        assertThat(result.finding()).isEqualTo(ProbeFinding.OFF_HERE);
        assertThat(result.meaning())
            .contains("The client side is available", "-Dio.tfo.plain")
            .doesNotContain("this machine");
      }
    }
  }

  @Test
  void printsTheConnectsAndWhatTheyMean() throws Exception {
    try (Lab lab = open()) {
      lab.wire().delay(Duration.ofMillis(50));
      CommandRun run = run(lab, BACKLOG, lab.server().ipv4(), "--tls");
      assertThat(run.err()).isEmpty();
      assertThat(run.out())
          .contains("Sending a TLS ClientHello (", "IPv4 " + lab.server().ipv4().getHostAddress())
          .contains("cookie requested", "SYN data acknowledged", "TCP Fast Open works");
      assertThat(run.out().replaceAll("\\s+", " "))
          .containsPattern("The reply came \\d+\\.\\d ms sooner");
      assertThat(run.out().lines()).allMatch(line -> line.length() <= Terminal.WIDTH);
      assertThat(run.status()).isZero();
    }
  }

  @Test
  void probesIpv6() throws Exception {
    try (Lab lab = open()) {
      assumeTrue(lab.client().hasIpv6(), "no IPv6");
      CommandRun run = run(lab, BACKLOG, lab.server().ipv6(), "--send", "hello");
      assertThat(run.out()).contains("IPv6 [", "TCP Fast Open works");
    }
  }

  @Test
  void reportsAPortThatRefuses() throws Exception {
    try (Lab lab = open()) {
      String target = lab.server().ipv4().getHostAddress() + ":" + NEXT_PORT.getAndIncrement();
      CommandRun run = lab.client().call(() -> CommandRun.of("probe", target));
      assertThat(run.err())
          .isEqualToIgnoringNewLines("tfo probe: connect to " + target + ": connection refused");
      assertThat(run.status()).isEqualTo(69);
    }
  }

  private record ProbeRun(int status, JsonObject json) {
    String finding() {
      JsonObject only = json.getAsJsonArray("addresses").get(0).getAsJsonObject();
      return only.get("finding").getAsString();
    }
  }

  private static ProbeRun probe(Lab lab, int fastOpenBacklog, String... options) throws Exception {
    String[] all = Arrays.copyOf(options, options.length + 1);
    all[options.length] = "--json";
    CommandRun run = run(lab, fastOpenBacklog, lab.server().ipv4(), all);
    return new ProbeRun(run.status(), JsonParser.parseString(run.out()).getAsJsonObject());
  }

  private static CommandRun run(
      Lab lab, int fastOpenBacklog, InetAddress address, String... options) throws Exception {
    InetSocketAddress local = new InetSocketAddress(address, NEXT_PORT.getAndIncrement());
    try (ServerSocketChannel listening =
        lab.server().call(() -> FastOpenListener.system().open(local, BACKLOG, fastOpenBacklog))) {
      lab.server().start(() -> answer(listening));
      String[] arguments = new String[options.length + 2];
      arguments[0] = "probe";
      arguments[1] = Addresses.text(local);
      System.arraycopy(options, 0, arguments, 2, options.length);
      return lab.client().call(() -> CommandRun.of(arguments));
    }
  }

  /** Answers each connection with one byte as soon as something comes. */
  private static Void answer(ServerSocketChannel listening) throws Exception {
    while (listening.isOpen()) {
      try (SocketChannel accepted = listening.accept()) {
        if (accepted.read(ByteBuffer.allocate(4096)) > 0) {
          accepted.write(ByteBuffer.wrap(new byte[] {'!'}));
          accepted.shutdownOutput();
          while (accepted.read(ByteBuffer.allocate(4096)) >= 0) {}
        }
      }
    }
    return null;
  }

  private static Lab open() throws Exception {
    assumeTrue(Lab.availability().kind() == Kind.TWO_HOSTS, () -> Lab.availability().toString());
    return Lab.open();
  }
}
