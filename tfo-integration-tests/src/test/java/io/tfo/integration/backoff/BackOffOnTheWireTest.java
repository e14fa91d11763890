package io.tfo.integration.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.BackendLab;
import io.tfo.testkit.RuleSkipped;
import io.tfo.testkit.SelectorConnect;
import io.tfo.testkit.SynEvidence;
import io.tfo.testkit.TestData;
import io.tfo.testkit.TestedBackend;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The back-off, by a clock that the test advances. */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class BackOffOnTheWireTest {
  private static final byte[] DATA = TestData.bytes(200);

  private static final Duration SECOND_SYN = Duration.ofSeconds(1);

  private static final String ONE_WAITS =
      "connects to 1 destination are plain for now, because SYNs were lost";

  /** How a channel is connected. */
  private enum Mode {
    BLOCKING,
    NON_BLOCKING
  }

  /** The harm that a network does to SYNs. */
  private enum Harm {
    DROPS_DATA(Faults.dropSynData()),
    RESETS_DATA(Faults.edit(Faults::isSynWithData, Segment::reset)),
    DROPS_OPTION(Faults.drop(segment -> segment.isSyn() && segment.hasFastOpenOption()));

    private final Fault fault;

    Harm(Fault fault) {
      this.fault = fault;
    }
  }

  /** Each case has a simulated kernel of its own: macOS' learns of losses, too. */
  private static Stream<Map.Entry<String, Supplier<FastOpenBackend>>> tested() {
    return BackendsUnderTest.ALL.entrySet().stream()
        .filter(each -> each.getValue().get().plainWhenNonBlocking().isEmpty());
  }

  static Stream<Arguments> backends() {
    return tested()
        .flatMap(
            each ->
                Stream.of(Mode.values())
                    .map(mode -> Arguments.of(each.getKey(), mode, each.getValue().get())));
  }

  static Stream<Arguments> harmedBackends() {
    return tested()
        .flatMap(
            each ->
                Stream.of(Mode.values())
                    .flatMap(
                        mode ->
                            Stream.of(Harm.values())
                                .map(
                                    harm ->
                                        Arguments.of(
                                            each.getKey(), mode, harm, each.getValue().get()))));
  }

  private static BackendLab open(FastOpenBackend backend) throws Exception {
    try {
      return BackendLab.withWire(new TestedBackend(backend));
    } catch (RuleSkipped e) {
      return Assumptions.abort(e.getMessage());
    }
  }

  /** The result of a connect. */
  private enum Result {
    CARRIED,
    PLAIN,
    SUFFERED
  }

  private static Result connect(BackendLab lab, ClockedBackend backend, Mode mode)
      throws Exception {
    BackendLab.Exchange exchange;
    try {
      exchange = exchange(lab, backend, mode);
    } catch (ConnectException e) {
      return Result.SUFFERED;
    }
    if (exchange.syns().size() > 1) {
      return Result.SUFFERED;
    }
    if (exchange.syn().hasFastOpenOption()) {
      SynEvidence.carried(lab, exchange, DATA);
      return Result.CARRIED;
    }
    SynEvidence.plain(exchange);
    return Result.PLAIN;
  }

  private static BackendLab.Exchange exchange(BackendLab lab, ClockedBackend backend, Mode mode)
      throws Exception {
    return exchange(lab, backend, mode, DATA);
  }

  private static BackendLab.Exchange exchange(
      BackendLab lab, ClockedBackend backend, Mode mode, byte[] data) throws Exception {
    return mode == Mode.BLOCKING
        ? lab.exchange(data, backend.connector()::open)
        : lab.exchange(
            data,
            (address, copy) -> SelectorConnect.written(new TestedBackend(backend), address, copy));
  }

  private static List<Result> connect(int times, BackendLab lab, ClockedBackend backend, Mode mode)
      throws Exception {
    List<Result> results = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      results.add(connect(lab, backend, mode));
    }
    return results;
  }

  @ParameterizedTest(name = "{0} {1} {2}")
  @MethodSource("harmedBackends")
  void whereSynsAreAlwaysHarmedTwoConnectsSufferAndOneAfterEachWaitUntilThePathIsMended(
      String name, Mode mode, Harm harm, FastOpenBackend underneath) throws Exception {
    ClockedBackend backend = new ClockedBackend(underneath);
    try (BackendLab lab = open(backend)) {
      lab.fetchCookie();
      backend.pass(Duration.ofHours(2));
      lab.wire().fault(harm.fault);
      List<Result> first = connect(6, lab, backend, mode);
      assertThat(first).contains(Result.SUFFERED).doesNotContain(Result.CARRIED);
      assertThat(first).filteredOn(Result.SUFFERED::equals).hasSize(2);
      assertThat(detail(lab, backend)).endsWith(ONE_WAITS);

      backend.pass(ClockedBackend.FIRST);
      List<Result> trial = connect(3, lab, backend, mode);
      // A closed channel does not tell whether it was refused or given up after a short time.
      boolean tries = mode == Mode.BLOCKING || harm != Harm.RESETS_DATA;
      assertThat(trial.get(0)).isIn(Result.SUFFERED, tries ? Result.SUFFERED : Result.PLAIN);
      assertThat(trial.subList(1, 3)).containsOnly(Result.PLAIN);
      lab.wire().clearFaults();
      backend.pass(ClockedBackend.FIRST);
      assertThat(connect(lab, backend, mode))
          .isIn(Result.PLAIN, tries ? Result.PLAIN : Result.CARRIED);
      backend.pass(tries ? ClockedBackend.FIRST.multipliedBy(4) : Duration.ofDays(1));
      assertThat(connect(2, lab, backend, mode)).containsOnly(Result.CARRIED);
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("backends")
  void whereTheOptionIsDroppedTwoConnectsSufferThoughNoSynHasData(
      String name, Mode mode, FastOpenBackend underneath) throws Exception {
    ClockedBackend backend = new ClockedBackend(underneath);
    backend.stop();
    try (BackendLab lab = open(backend)) {
      lab.fetchCookie();
      lab.wire().fault(backend.passing(SECOND_SYN, Harm.DROPS_OPTION.fault));
      int suffered = 0;
      for (int i = 0; i < 6; i++) {
        backend.pass(Duration.ofMillis(1));
        suffered += exchange(lab, backend, mode, new byte[0]).syns().size() > 1 ? 1 : 0;
      }

      assertThat(suffered).isEqualTo(2);
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("backends")
  void oneLostSynIsAnOrdinaryLoss(String name, Mode mode, FastOpenBackend underneath)
      throws Exception {
    ClockedBackend backend = new ClockedBackend(underneath);
    try (BackendLab lab = open(backend)) {
      lab.fetchCookie();
      lab.wire().fault(Faults.dropSynData(1));

      List<Result> results = connect(3, lab, backend, mode);

      assertThat(results.get(0)).isEqualTo(Result.SUFFERED);
      // Where the kernel does not report that it sent the SYN again, one plain connect decides.
      assertThat(results.get(1)).isIn(Result.CARRIED, Result.PLAIN);
      assertThat(results.get(2)).isEqualTo(Result.CARRIED);
    }
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("backends")
  void aLostSynAckDoesNotCountAsALostSyn(String name, Mode mode, FastOpenBackend underneath)
      throws Exception {
    ClockedBackend backend = new ClockedBackend(underneath);
    try (BackendLab lab = open(backend)) {
      lab.fetchCookie();
      lab.wire().fault(Faults.dropSynAck(1));
      BackendLab.Exchange first = exchange(lab, backend, mode);
      boolean tells = first.client() == FastOpenOutcome.SYN_DATA_ACKED;
      assertThat(tells || !name.startsWith("linux")).as("%s: %s", name, first.client()).isTrue();
      Assumptions.assumeTrue(tells, "this system does not tell");

      List<Result> results = connect(2, lab, backend, mode);

      assertThat(results.get(0)).isIn(Result.CARRIED, Result.PLAIN);
      assertThat(results.get(1)).isEqualTo(Result.CARRIED);
      assertThat(detail(lab, backend)).doesNotContain("plain for now");
    }
  }

  /** How a client gives up. */
  private enum Impatience {
    TIMEOUT,
    CLOSE,
    CLOSE_BOUND;

    /**
     * Returns whether the client has given up. A client that closes gives up once its SYN is
     * dropped.
     */
    private boolean giveUp(BackendLab lab, ClockedBackend backend) throws Exception {
      InetSocketAddress server = lab.peer().address();
      try (SocketChannel channel = SocketChannel.open()) {
        ByteBuffer data = ByteBuffer.wrap(DATA);
        if (this == TIMEOUT) {
          return !backend.connector().connect(channel, server, data, PATIENCE);
        }
        channel.configureBlocking(false);
        if (this == CLOSE_BOUND) {
          channel.bind(new InetSocketAddress(0));
        }
        backend.connector().connect(channel, server, data);
        while (lab.wire().segments().stream().noneMatch(Faults::isSynWithData)) {
          if (channel.finishConnect()) {
            return false;
          }
          LockSupport.parkNanos(1_000_000); // @Timeout bounds it
        }
        backend.pass(PATIENCE);
        return true;
      } catch (SocketTimeoutException e) {
        return true;
      }
    }
  }

  /**
   * The time after which a client gives up. It is too short to try TCP Fast Open again, as a second
   * SYN comes a second later. Plain connects have the same time.
   */
  private static final Duration PATIENCE = Duration.ofMillis(1500);

  static Stream<Arguments> impatientBackends() {
    return BackendsUnderTest.ALL.values().stream()
        .map(Supplier::get)
        .filter(backend -> backend.name().startsWith("linux"))
        .flatMap(
            backend ->
                Stream.of(Impatience.values())
                    .map(how -> Arguments.of(backend.name(), how, backend)));
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("impatientBackends")
  void twoClientsThatDoNotWaitForTheSecondSynFail(
      String name, Impatience how, FastOpenBackend underneath) throws Exception {
    ClockedBackend backend = new ClockedBackend(underneath);
    try (BackendLab lab = open(backend)) {
      lab.fetchCookie();
      lab.wire().fault(dropSynDataForGood());
      int failed = 0;
      for (int i = 0; i < 8; i++) {
        lab.wire().forget();
        failed += lab.client().call(() -> how.giveUp(lab, backend)) ? 1 : 0;
      }

      assertThat(failed).isEqualTo(2);
    }
  }

  /**
   * Drops the SYNs with data, and all later segments from the same ports, so that no late second
   * SYN connects.
   */
  private static Fault dropSynDataForGood() {
    Set<InetSocketAddress> dropped = new HashSet<>(); // of the wire's thread
    return Faults.drop(
        segment ->
            (Faults.isSynWithData(segment) && dropped.add(segment.source()))
                || dropped.contains(segment.source()));
  }

  private static String detail(BackendLab lab, ClockedBackend backend) throws Exception {
    return lab.client().call(() -> backend.connector().capability()).detail();
  }
}
