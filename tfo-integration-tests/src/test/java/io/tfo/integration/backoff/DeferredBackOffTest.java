package io.tfo.integration.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.socket.SocketLab;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.spi.SocketChannelOpener;
import io.tfo.testkit.Conformance;
import io.tfo.testkit.SelectorConnect;
import io.tfo.testkit.TestData;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Connects that the kernel defers follow the same back-off as all other connects. */
@Timeout(60)
class DeferredBackOffTest {
  private static final byte[] DATA = TestData.bytes(200);

  private static final Duration SECOND_SYN = Duration.ofSeconds(1);

  private static final int MOST_LOSSES = 5;

  private final ClockedBackend backend =
      Conformance.backends().stream()
          .filter(each -> each.name().equals("linux-connect"))
          .map(ClockedBackend::new)
          .findFirst()
          .orElseThrow();

  @Test
  void aDestinationIsTriedAgainAfterItsWaitAndForgottenThoughTheConnectionIsShort()
      throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      SocketChannelOpener channels = backend.deferring(Duration.ofSeconds(20));
      InetSocketAddress server = serveAndFetchCookie(hosts, channels);

      hosts.lab().wire().fault(Faults.dropSynData());
      for (int i = 0; sendsInSyn(hosts, channels, server); i++) {
        assertThat(i).as("losses until one is noticed").isLessThan(MOST_LOSSES);
      }
      assertThat(backend.remembers(server)).isTrue();

      hosts.lab().wire().clearFaults();
      backend.pass(ClockedBackend.FIRST);
      hosts.lab().wire().delay(Duration.ofMillis(10));
      assertThat(sendsInSyn(hosts, channels, server)).as("tried again").isTrue();
      Awaitility.await().until(() -> !backend.remembers(server));
      assertThat(sendsInSyn(hosts, channels, server)).as("forgotten").isTrue();
      assertThat(hosts.failures()).isEmpty();
    }
  }

  /** The harm that a network does to SYNs. */
  private enum Harm {
    DROPS_DATA(Faults.dropSynData()),
    RESETS_DATA(Faults.edit(Faults::isSynWithData, Segment::reset)),
    DROPS_OPTION(Faults.drop(Harm::hasOption));

    private final Fault fault;

    Harm(Fault fault) {
      this.fault = fault;
    }

    private static boolean hasOption(Segment segment) {
      return segment.isSyn() && segment.hasFastOpenOption();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whereSynsAreAlwaysHarmedTwoConnectsSuffer(Harm harm) throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      SocketChannelOpener channels = backend.deferring(Duration.ofSeconds(20));
      InetSocketAddress server = serveAndFetchCookie(hosts, channels);
      hosts.lab().wire().fault(harm.fault);
      int suffered = 0;
      for (int i = 0; i < 6; i++) {
        suffered += suffers(hosts, channels, server) ? 1 : 0;
      }

      assertThat(suffered).isEqualTo(2);
    }
  }

  @Test
  void aResetIsLearnedByACloseThoughTheProgramDoesNotRead() throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      SocketChannelOpener channels = backend.deferring(Duration.ofSeconds(20));
      InetSocketAddress server = serveAndFetchCookie(hosts, channels);
      hosts.lab().wire().fault(Harm.RESETS_DATA.fault);

      hosts.synsOf(() -> writeAndCloseWhenReset(channels, server));

      assertThat(backend.remembers(server)).isTrue();
    }
  }

  private static Void writeAndCloseWhenReset(SocketChannelOpener channels, InetSocketAddress server)
      throws Exception {
    try (SocketChannel channel = channels.open(null);
        Selector selector = Selector.open()) {
      finishConnect(channel, server);
      assertThat(channel.write(ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
      channel.register(selector, SelectionKey.OP_READ);
      assertThat(selector.select(20_000)).isEqualTo(1);
      return null;
    }
  }

  @Test
  void whereTheSynThatAsksForACookieIsResetTwoConnectsSuffer() throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server = serve(hosts);
      SocketChannelOpener channels = backend.deferring(Duration.ofSeconds(20));
      hosts.lab().wire().fault(Faults.edit(Harm::hasOption, Segment::reset));
      int suffered = 0;
      for (int i = 0; i < 6; i++) {
        suffered += suffers(hosts, channels, server) ? 1 : 0;
      }

      assertThat(suffered).isEqualTo(2);
    }
  }

  /** The SYN is sent before the program has written, so the SYN has a cookie and no data. */
  @Test
  void whereTheOptionIsDroppedTwoConnectsSufferThoughNoSynHasData() throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      SocketChannelOpener channels = backend.deferring(Duration.ofMillis(1));
      InetSocketAddress server = serveAndFetchCookie(hosts, channels);
      backend.stop();
      hosts.lab().wire().fault(backend.passing(SECOND_SYN, Harm.DROPS_OPTION.fault));
      int suffered = 0;
      for (int i = 0; i < 6; i++) {
        backend.pass(Duration.ofMillis(1));
        suffered += suffers(hosts, () -> requestLate(hosts, channels, server)) ? 1 : 0;
      }

      assertThat(suffered).isEqualTo(2);
    }
  }

  @Test
  void aLossOfASynWithDataIsNotForgottenForAnAnswerToOneWithout() throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      SocketChannelOpener channels = backend.deferring(Duration.ofSeconds(20));
      InetSocketAddress server = serveAndFetchCookie(hosts, channels);
      backend.stop();
      hosts.lab().wire().fault(backend.passing(SECOND_SYN, Faults.dropSynData()));
      assertThat(suffers(hosts, channels, server)).isTrue();

      SocketChannelOpener late = backend.deferring(Duration.ofMillis(1));
      List<Segment> next = hosts.synsOf(() -> requestLate(hosts, late, server));

      assertThat(next).singleElement().matches(Segment::hasFastOpenOption);
      assertThat(backend.remembers(server)).isTrue();
    }
  }

  /** The system refuses to send the SYN, and a plain connect takes its place. */
  @Test
  void aLossOfASynWithTheOptionIsNotForgottenForAnAnswerToOneWithout() throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      SocketChannelOpener channels = backend.deferring(Duration.ofSeconds(20));
      InetSocketAddress server = serveAndFetchCookie(hosts, channels);
      backend.stop();
      hosts.lab().wire().fault(backend.passing(SECOND_SYN, Harm.DROPS_OPTION.fault));
      SocketChannelOpener late = backend.deferring(Duration.ofMillis(1));
      assertThat(suffers(hosts, () -> requestLate(hosts, late, server))).isTrue();
      assertThat(sendsInSyn(hosts, channels, server)).as("a plain connect decides").isFalse();
      hosts.lab().wire().clearFaults();
      backend.pass(ClockedBackend.FIRST);

      List<Segment> next = hosts.synsOf(() -> requestSwitchedOff(hosts, channels, server));

      assertThat(next).singleElement().matches(syn -> !syn.hasFastOpenOption());
      assertThat(backend.remembers(server)).isTrue();
    }
  }

  private static Void requestLate(
      SocketLab hosts, SocketChannelOpener channels, InetSocketAddress server) throws Exception {
    try (SocketChannel channel = channels.open(null)) {
      finishConnect(channel, server);
      assertThat(hosts.lab().wire().await(Segment::isSyn).payload()).isEmpty();
      requestBlocking(channel);
      return null;
    }
  }

  private static Void requestSwitchedOff(
      SocketLab hosts, SocketChannelOpener channels, InetSocketAddress server) throws Exception {
    try (SocketChannel channel = channels.open(null)) {
      finishConnect(channel, server);
      assertThat(hosts.lab().wire().syns()).isEmpty();
      hosts.lab().client().sysctl("net.ipv4.tcp_fastopen", "2");
      requestBlocking(channel);
      return null;
    }
  }

  private static void requestBlocking(SocketChannel channel) throws IOException {
    channel.configureBlocking(true);
    assertThat(channel.write(ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
    assertThat(channel.read(ByteBuffer.allocate(10))).isEqualTo(1);
  }

  private static InetSocketAddress serveAndFetchCookie(
      SocketLab hosts, SocketChannelOpener channels) throws Exception {
    InetSocketAddress server = serve(hosts);
    assertThat(sendsInSyn(hosts, channels, server)).as("without a cookie").isFalse();
    return server;
  }

  /** Answers each request by a byte. */
  private static InetSocketAddress serve(SocketLab hosts) throws Exception {
    return hosts.serve(
        socket -> {
          socket.getInputStream().readNBytes(DATA.length);
          socket.getOutputStream().write(1);
        });
  }

  private static boolean suffers(
      SocketLab hosts, SocketChannelOpener channels, InetSocketAddress server) throws Exception {
    return suffers(
        hosts,
        () -> {
          try (SocketChannel channel = channels.open(null)) {
            request(channel, server);
          } catch (IOException e) {
            // refused
          }
        });
  }

  /** A connect and what follows; may throw. */
  private interface Exchange {
    void run() throws Exception;
  }

  private static boolean suffers(SocketLab hosts, Exchange exchange) throws Exception {
    List<Segment> syns =
        hosts.synsOf(
            () -> {
              exchange.run();
              return null;
            });
    return syns.size() > 1 || syns.get(0).fate() != Segment.Fate.DELIVERED;
  }

  /** Has a request answered, ends, and says whether the SYN carried the request. */
  private static boolean sendsInSyn(
      SocketLab hosts, SocketChannelOpener channels, InetSocketAddress server) throws Exception {
    byte[] inSyn =
        hosts
            .synsOf(
                () -> {
                  try (SocketChannel channel = channels.open(null)) {
                    request(channel, server);
                  }
                  return null;
                })
            .get(0)
            .payload();
    assertThat(inSyn).isIn(DATA, new byte[0]);
    return inSyn.length > 0;
  }

  private static void request(SocketChannel channel, InetSocketAddress server) throws Exception {
    finishConnect(channel, server);
    assertThat(channel.write(ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
    channel.configureBlocking(true);
    assertThat(channel.read(ByteBuffer.allocate(10))).isEqualTo(1);
  }

  private static void finishConnect(SocketChannel channel, InetSocketAddress server)
      throws Exception {
    channel.configureBlocking(false);
    try (Selector selector = Selector.open()) {
      SelectionKey key = channel.register(selector, 0);
      if (!channel.connect(server)) {
        SelectorConnect.finish(selector, key, channel);
      }
    }
  }
}
