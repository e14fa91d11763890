package io.tfo.backend.bsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.FastOpenStatistics;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.backend.bsd.SimulatedFreeBsd.Deviation;
import io.tfo.backend.bsd.SimulatedFreeBsd.Version;
import io.tfo.jna.ClockedBackend;
import io.tfo.jna.FreshBackend;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.Verdict;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.StoppedTimer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A FreeBSD client has data in its SYN to a Linux server once in 15 minutes, and says so. How long
 * a busy machine takes for a connect says nothing: the clock of the back-off and the timer stand
 * still, and no answer comes before the backend has looked.
 */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class DisabledPathTest {
  private static final Duration SYN_TIMEOUT = Duration.ofSeconds(1);

  private final AnswerOnceLooked answers = new AnswerOnceLooked();

  @TempDir private Path folder;

  private FastOpenBackend freeBsd(Version version) {
    BsdSocketApi kernel =
        answers.over(
            new SimulatedFreeBsd(version, Deviation.LINUX_SERVERS, Deviation.LINUX_ROUTES));
    return new FreshBackend("bsd", () -> new BsdTcp(kernel));
  }

  @ParameterizedTest
  @EnumSource
  void aConnectThatTheKernelMadePlainIsReported(Version version) throws Exception {
    FastOpenConnector connector = ClockedBackend.stopped(freeBsd(version)).connector();
    try (Lab lab = Labs.twoHosts()) {
      lab.server().sysctl("net.ipv4.tcp_fastopen", "1027"); // every listener
      lab.wire().fault(answers);
      try (ReplayPeer peer = new ReplayPeer(lab.server())) {
        InetSocketAddress server = new InetSocketAddress(lab.server().ipv4(), peer.port());
        String[] syns = new String[3];
        FastOpenOutcome[] outcomes = new FastOpenOutcome[3];
        for (int i = 0; i < 3; i++) {
          lab.wire().forget();
          outcomes[i] = lab.client().call(() -> connect(connector, server));
          Segment syn = lab.wire().await(Segment::isSyn);
          syns[i] =
              syn.payloadLength()
                  + syn.fastOpenCookie().map(c -> c.length == 0 ? " asks" : " cookie").orElse("");
        }
        assertThat(syns).containsExactly("0 asks", "5 cookie", "0");
        assertThat(outcomes)
            .containsExactly(
                FastOpenOutcome.UNKNOWN, FastOpenOutcome.UNKNOWN, FastOpenOutcome.NOT_ATTEMPTED);
        assertThat(lab.client().call(connector::capability).detail())
            .endsWith("1 of this process's connects were plain because of that");
      }
    }
  }

  /** How a program connects. */
  private enum Client {
    CHANNEL {
      @Override
      void connect(FastOpenConnector connector, InetSocketAddress server) throws IOException {
        connector.open(server, ByteBuffer.allocate(5)).close();
      }
    },
    SOCKET {
      @Override
      void connect(FastOpenConnector connector, InetSocketAddress server) throws IOException {
        try (Socket socket = FastOpenSocketFactory.over(connector).createSocket()) {
          socket.connect(server);
          socket.getOutputStream().write(new byte[5]);
        }
      }
    };

    abstract void connect(FastOpenConnector connector, InetSocketAddress server) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void aConnectThatTheKernelMadePlainSaysNothingOfSynsWithData(Client client) throws Exception {
    FastOpenBackend freeBsd = freeBsd(Version.values()[0]);
    ClockedBackend backend = new ClockedBackend(freeBsd);
    backend.stop();
    try (Lab lab = Labs.twoHosts()) {
      lab.server().sysctl("net.ipv4.tcp_fastopen", "1027"); // every listener
      lab.wire().fault(answers);
      lab.wire().fault(dropSynData(backend));
      try (ReplayPeer peer = new ReplayPeer(lab.server())) {
        InetSocketAddress server = new InetSocketAddress(lab.server().ipv4(), peer.port());
        FastOpenStatistics before = FastOpenStatistics.snapshot();
        List<String> syns = new ArrayList<>();
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
          recording.enable("io.tfo.Connect").withThreshold(Duration.ZERO);
          recording.start();
          for (int i = 0; i < 4; i++) {
            syns.add(syn(lab, client, backend.connector(), server));
            backend.pass(Duration.ofMillis(1)); // each begins later than the one before
          }
          FastOpenConnector restarted = ClockedBackend.stopped(freeBsd).connector();
          syns.add(syn(lab, client, restarted, server));
          recording.dump(file);
        }
        // Asks for a cookie; is lost; ours, which proves the loss; the kernel's own, twice.
        assertThat(syns).containsExactly("option, 0", "option, 5", "plain", "plain", "plain");
        RecordedEvent last = last(RecordingFile.readAllEvents(file));
        assertThat(last.getString("plainReason")).isEqualTo("OFF");
        assertThat(last.getInt("synData")).isZero();
        assertThat(last.getString("outcome")).isEqualTo("NOT_ATTEMPTED");
        FastOpenStatistics after = FastOpenStatistics.snapshot();
        assertThat(after.attempted()).isEqualTo(before.attempted() + 2);
        assertThat(plain(after, PlainReason.BACK_OFF))
            .isEqualTo(plain(before, PlainReason.BACK_OFF) + 1);
        assertThat(plain(after, PlainReason.OFF)).isEqualTo(plain(before, PlainReason.OFF) + 2);
        assertThat(backend.remembers(server)).isTrue();
        assertThat(backend.connector().capability().detail())
            .contains("2 of this process's connects were plain because of that");
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void aConnectThatTheKernelMadePlainIsNoLossWhereItIsRefused(Client client) throws Exception {
    ClockedBackend backend = new ClockedBackend(freeBsd(Version.values()[0]));
    backend.stop();
    try (Lab lab = Labs.twoHosts()) {
      lab.server().sysctl("net.ipv4.tcp_fastopen", "1027"); // every listener
      lab.wire().fault(answers);
      InetSocketAddress server;
      try (ReplayPeer peer = new ReplayPeer(lab.server())) {
        server = new InetSocketAddress(lab.server().ipv4(), peer.port());
        assertThat(syn(lab, client, backend.connector(), server)).isEqualTo("option, 0");
        assertThat(syn(lab, client, backend.connector(), server)).isEqualTo("option, 5");
      }
      assertThatThrownBy(() -> syn(lab, client, backend.connector(), server))
          .isInstanceOf(ConnectException.class);
      assertThat(lab.wire().syns())
          .singleElement()
          .matches(syn -> !syn.hasFastOpenOption(), "no option");
      assertThat(backend.remembers(server)).isFalse();
    }
  }

  /** The clock goes on by the time that passes until the SYN is sent again. */
  private static Fault dropSynData(ClockedBackend backend) {
    return segment -> {
      boolean isDropped = Faults.isSynWithData(segment);
      if (isDropped) {
        backend.pass(SYN_TIMEOUT);
      }
      return isDropped ? Verdict.drop() : Verdict.pass(segment);
    };
  }

  /** Connects, and tells what SYN was sent. */
  private static String syn(
      Lab lab, Client client, FastOpenConnector connector, InetSocketAddress server)
      throws Exception {
    lab.wire().forget();
    StoppedTimer.during(
        () ->
            lab.client()
                .call(
                    () -> {
                      client.connect(connector, server);
                      return null;
                    }));
    Segment syn = lab.wire().await(Segment::isSyn);
    return syn.hasFastOpenOption() ? "option, " + syn.payloadLength() : "plain";
  }

  private static RecordedEvent last(List<RecordedEvent> events) {
    return events.stream()
        .filter(each -> each.getEventType().getName().equals("io.tfo.Connect"))
        .max(Comparator.comparing(RecordedEvent::getStartTime))
        .orElseThrow();
  }

  private static long plain(FastOpenStatistics statistics, PlainReason reason) {
    return statistics.plain().getOrDefault(reason, 0L);
  }

  private static FastOpenOutcome connect(FastOpenConnector connector, InetSocketAddress server)
      throws Exception {
    try (SocketChannel channel = connector.open(server, ByteBuffer.allocate(5))) {
      return connector.outcome(channel);
    }
  }
}
