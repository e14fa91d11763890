package io.tfo.integration.observing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenStatistics;
import io.tfo.FastOpenStatistics.PlainReason;
import io.tfo.integration.observing.ObservedDropIn.Client;
import io.tfo.integration.socket.SocketLab;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.BackOffSupport;
import io.tfo.spi.FastOpenActivity;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.StoppedTimer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.function.ToLongFunction;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The counters, compared with the wire and with the kernel's own. */
@Timeout(60)
class StatisticsOnTheWireTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  private final FastOpenBackend backend = ObservedDropIn.freshBackend();
  private SocketLab hosts;
  private InetSocketAddress server;
  private FastOpenStatistics before;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
    server = hosts.serve(ObservedDropIn::reply);
    before = FastOpenStatistics.snapshot();
  }

  @AfterEach
  void close() throws Exception {
    FastOpenActivity.stopReadingOutcomes();
    if (hosts != null) {
      hosts.close();
    }
  }

  /** The SYN waits for the first write, however long a busy machine takes. */
  private List<Segment> exchange(Client client) throws Exception {
    return StoppedTimer.during(
        () ->
            hosts.synsOf(
                () -> {
                  client.exchange(server);
                  return null;
                }));
  }

  private long counted(ToLongFunction<FastOpenStatistics> counter) {
    return counter.applyAsLong(FastOpenStatistics.snapshot()) - counter.applyAsLong(before);
  }

  private long plain(PlainReason reason) {
    return counted(statistics -> statistics.plain().get(reason));
  }

  @ParameterizedTest
  @EnumSource
  void countWhatTheKernelsCountWhileOutcomesAreRead(ObservedDropIn dropIn) throws Exception {
    FastOpenStatistics.readOutcomes(Duration.ofMinutes(5));
    Client client = dropIn.over(backend);

    List<Segment> first = exchange(client);
    List<Segment> second = exchange(client);
    List<Segment> third = exchange(client);

    assertThat(first).singleElement().matches(Segment::hasFastOpenOption, "asks for a cookie");
    assertThat(counted(FastOpenStatistics::cookieRequested)).isEqualTo(1);
    assertThat(List.of(second.get(0).payload(), third.get(0).payload()))
        .containsOnly(ObservedDropIn.REQUEST);
    assertThat(counted(FastOpenStatistics::synData)).isEqualTo(2);
    assertThat(counted(FastOpenStatistics::attempted)).isEqualTo(3);
    assertThat(counted(FastOpenStatistics::acknowledged))
        .isEqualTo(2)
        .isEqualTo(hosts.lab().client().counter("TCPFastOpenActive"));
    assertThat(counted(FastOpenStatistics::notAcknowledged)).isZero();
    assertThat(FastOpenStatistics.snapshot().dropIns()).contains(dropIn.label + " (linux-connect)");
    Awaitility.await("accepted")
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(counted(FastOpenStatistics::acceptedSynData))
                    .isEqualTo(hosts.lab().server().counter("TCPFastOpenPassive")));
  }

  @ParameterizedTest
  @EnumSource
  void countTheSynAndAskForNoOutcomeWhileOutcomesAreNotRead(ObservedDropIn dropIn)
      throws Exception {
    Client client = dropIn.over(backend);
    exchange(client);
    exchange(client);

    assertThat(counted(FastOpenStatistics::cookieRequested)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::synData)).isEqualTo(1);
    assertThat(hosts.lab().client().counter("TCPFastOpenActive")).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::acknowledged)).isZero();

    FastOpenStatistics.readOutcomes(Duration.ofMinutes(5));
    exchange(client); // accepted after the others
    Awaitility.await("accepted")
        .atMost(SOON)
        .until(() -> counted(FastOpenStatistics::acceptedSynData) > 0);
    assertThat(hosts.lab().server().counter("TCPFastOpenPassive")).isEqualTo(2);
    assertThat(counted(FastOpenStatistics::acceptedSynData)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::acknowledged)).isEqualTo(1);
  }

  @ParameterizedTest
  @EnumSource
  void countDataThatTheServerDoesNotAcknowledge(ObservedDropIn dropIn) throws Exception {
    FastOpenStatistics.readOutcomes(Duration.ofMinutes(5));
    Client client = dropIn.over(backend);
    exchange(client);
    hosts.lab().wire().fault(Faults.stripSynData());
    exchange(client);

    assertThat(counted(FastOpenStatistics::synData)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::notAcknowledged)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::acknowledged)).isZero();
  }

  @ParameterizedTest
  @EnumSource
  void countLostSynsAndTellTheBackOffThatFollows(ObservedDropIn dropIn) throws Exception {
    Client client = dropIn.over(backend);
    exchange(client);
    hosts.lab().wire().fault(Faults.dropSynData());
    exchange(client);
    exchange(client);

    assertThat(counted(FastOpenStatistics::retransmitted)).isEqualTo(2);
    assertThat(((BackOffSupport) backend.connector()).backOff(10))
        .singleElement()
        .satisfies(
            each -> {
              assertThat(each.destination())
                  .isEqualTo(server.getAddress().getHostAddress() + ":" + server.getPort());
              assertThat(each.left()).isBetween(Duration.ofMillis(1), Duration.ofSeconds(3));
            });
    assertThat(((BackOffSupport) backend.connector()).backOff(0)).isEmpty();
    exchange(client);
    assertThat(plain(PlainReason.BACK_OFF)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::attempted)).isEqualTo(3);
  }

  @ParameterizedTest
  @EnumSource
  void countConnectsAsPlainWhereTheClientSideIsOff(ObservedDropIn dropIn) throws Exception {
    hosts.lab().client().sysctl("net.ipv4.tcp_fastopen", "0");
    List<Segment> syns = exchange(dropIn.over(backend));

    assertThat(syns).singleElement().matches(syn -> !syn.hasFastOpenOption(), "no option");
    assertThat(plain(PlainReason.OFF)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::attempted)).isZero();
  }

  /** In blocking mode the descriptor is used under another lock. */
  @Test
  void countTheSynDataOfAChannelThatIsMadeBlockingBeforeItsAnswer() throws Exception {
    FastOpenStatistics.readOutcomes(Duration.ofMinutes(5));
    exchange(ObservedDropIn.CHANNELS.over(backend)); // the cookie
    exchange(
        to -> {
          try (SocketChannel channel = connectedChannel(to)) {
            channel.write(ByteBuffer.wrap(ObservedDropIn.REQUEST));
            channel.configureBlocking(true);
            assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(1);
          }
        });

    assertThat(counted(FastOpenStatistics::synData)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::acknowledged)).isEqualTo(1);
  }

  /** The SYN waits for the first write. */
  private SocketChannel connectedChannel(InetSocketAddress to) throws IOException {
    SocketChannel channel = ObservedDropIn.channels(backend).open(null);
    channel.configureBlocking(false);
    channel.connect(to);
    channel.finishConnect();
    return channel;
  }

  @Test
  void countADestinationThatTheApplicationExcludes() throws Exception {
    FastOpenSocketFactory plain =
        FastOpenSocketFactory.over(backend.connector()).plainFor(each -> true);
    connect(plain).close();

    assertThat(plain(PlainReason.EXCLUDED)).isEqualTo(1);
  }

  @Test
  void countAnUnknownPortOfAServerWhoseCookieTheKernelHas() throws Exception {
    exchange(ObservedDropIn.SOCKETS.over(backend));
    server = hosts.serve(ObservedDropIn::reply);
    List<Segment> syns = exchange(ObservedDropIn.SOCKETS.over(backend));

    assertThat(syns).singleElement().satisfies(syn -> assertThat(syn.payload()).isEmpty());
    assertThat(plain(PlainReason.UNKNOWN_DESTINATION)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::attempted)).isEqualTo(1);
  }

  @Test
  void countASynThatWasSentBeforeTheFirstWrite() throws Exception {
    exchange(ObservedDropIn.SOCKETS.over(backend));
    try (Socket socket = connect(FastOpenSocketFactory.over(backend.connector()))) {
      socket.shutdownOutput();
    }

    assertThat(plain(PlainReason.NO_FIRST_WRITE)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::synData)).isZero();
  }

  @Test
  void countASynOfAChannelThatWasSentBeforeTheFirstWrite() throws Exception {
    exchange(ObservedDropIn.CHANNELS.over(backend));
    exchange(
        to -> {
          try (SocketChannel channel = connectedChannel(to)) {
            channel.configureBlocking(true);
          }
        });

    assertThat(plain(PlainReason.NO_FIRST_WRITE)).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::synData)).isZero();
  }

  private Socket connect(FastOpenSocketFactory factory) throws Exception {
    return hosts.onClient(() -> factory.createSocket(server.getAddress(), server.getPort()));
  }

  @Test
  void countEachListenerThatWasSwitchedOn() throws Exception {
    hosts.listen().close();

    assertThat(counted(FastOpenStatistics::listenersOn)).isEqualTo(1);
  }

  @Test
  void countTheSynDataThatAnNioListenerAcceptsWhileOutcomesAreRead() throws Exception {
    ServerSocket listener = ObservedDropIn.listenByAChannel(hosts, backend);
    hosts.serve(listener, ObservedDropIn::reply);
    server = new InetSocketAddress(listener.getInetAddress(), listener.getLocalPort());
    Client client = ObservedDropIn.SOCKETS.over(backend);
    exchange(client);
    exchange(client);
    assertThat(hosts.lab().server().counter("TCPFastOpenPassive")).isEqualTo(1);
    assertThat(counted(FastOpenStatistics::acceptedSynData)).isZero();

    FastOpenStatistics.readOutcomes(Duration.ofMinutes(5));
    exchange(client);
    assertThat(hosts.lab().server().counter("TCPFastOpenPassive")).isEqualTo(2);
    Awaitility.await("accepted")
        .atMost(SOON)
        .untilAsserted(() -> assertThat(counted(FastOpenStatistics::acceptedSynData)).isEqualTo(1));
  }
}
