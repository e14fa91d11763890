package io.tfo.integration.programs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Programs over the provider's channels, and over the JDK's in the same run. */
@Timeout(110)
@ExtendWith(AllPortsJvm.class)
@TestMethodOrder(
    MethodOrderer.MethodName.class) // here as in the child JVM, for which this one waits
class ProgramsSoakTest {
  /** Half a round trip. */
  private static final Duration DELAY = Duration.ofMillis(40);

  /** Half as long again as {@code io.tfo.provider.firstWriteMillis}. */
  private static final Duration FIRST_WRITE = Duration.ofMillis(30);

  /** The time that a busy machine may add to the shortest of some runs. */
  private static final Duration TOLERANCE = Duration.ofMillis(40);

  private static final int RUNS = 5;

  /** These try the addresses at random. */
  private static final Set<Program> IN_AN_ORDER_OF_ITS_OWN =
      Set.of(Program.KAFKA, Program.ZOOKEEPER);

  static Stream<Program> programs() {
    return Arrays.stream(Program.values()).filter(program -> !program.isGreeted());
  }

  @ParameterizedTest
  @MethodSource("programs")
  void sendsItsFirstBytesInTheSynAndIsAnsweredAsOverTheJdksChannels(Program program)
      throws Exception {
    try (ProgramLab lab = ProgramLab.open(program)) {
      String plain = lab.plain(ProgramLab.PATIENT);
      assertThat(lab.syns()).isNotEmpty().noneMatch(Segment::hasFastOpenOption);
      assertThat(lab.fast(ProgramLab.PATIENT)).isEqualTo(plain);
      assertThat(lab.syns().get(0).payload()).as("without a cookie").isEmpty();
      assertThat(lab.fastInSyn()).isEqualTo(plain);
      assertThat(lab.hosts().lab().server().counter("TCPFastOpenPassive")).isPositive();
      assertThat(lab.hosts().failures()).isEmpty();
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void isAnsweredARoundTripEarlier(Program program) throws Exception {
    try (ProgramLab lab = ProgramLab.open(program)) {
      lab.fastInSyn();
      lab.wire().delay(DELAY);
      List<Duration> plain = new ArrayList<>();
      List<Duration> fast = new ArrayList<>();
      for (int i = 0; i < RUNS; i++) {
        plain.add(timeOf(() -> lab.plain(ProgramLab.PATIENT)));
        fast.add(timeOf(() -> lab.fast(ProgramLab.PATIENT)));
      }

      // A round trip is twice as long; the rest is for a busy machine.
      assertThat(Collections.min(fast)).isLessThan(Collections.min(plain).minus(DELAY));
    }
  }

  private static Duration timeOf(Callable<?> run) throws Exception {
    long start = System.nanoTime();
    run.call();
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** The harm that a network does to SYNs. */
  enum Harm {
    DROPS_DATA(Faults.dropSynData()),
    RESETS_DATA(Faults.edit(Faults::isSynWithData, Segment::reset)),
    DROPS_OPTION(Faults.drop(segment -> segment.isSyn() && segment.hasFastOpenOption()));

    private final Fault fault;

    Harm(Fault fault) {
      this.fault = fault;
    }
  }

  static Stream<Arguments> harmed() {
    return programs()
        .flatMap(program -> Arrays.stream(Harm.values()).map(harm -> Arguments.of(program, harm)));
  }

  @ParameterizedTest
  @MethodSource("harmed")
  void twoRunsAtMostSufferWhereSynsAreHarmed(Program program, Harm harm) throws Exception {
    try (ProgramLab lab = ProgramLab.open(program)) {
      lab.fastInSyn();
      lab.wire().fault(harm.fault);
      String plain = lab.plain(ProgramLab.PATIENT);
      List<Boolean> suffered = new ArrayList<>();
      for (int i = 0; i < RUNS; i++) {
        try {
          String answer = i == 0 ? lab.fastAtLeisure() : lab.fast(ProgramLab.PATIENT);
          assertThat(answer).isEqualTo(plain);
        } catch (Exception e) {
          assertThat(harm).as(() -> "fails: " + e).isEqualTo(Harm.RESETS_DATA);
        }
        suffered.add(lab.syns().stream().anyMatch(syn -> syn.fate() != Segment.Fate.DELIVERED));
      }

      assertThat(suffered).contains(true).filteredOn(each -> each).hasSizeLessThanOrEqualTo(2);
      lab.mend();
    }
  }

  @ParameterizedTest
  @MethodSource("programs")
  void twoRunsAtMostFailWhereSynsWithDataAreDroppedAndTheProgramDoesNotWait(Program program)
      throws Exception {
    Duration impatient = Duration.ofMillis(700);
    try (ProgramLab lab = ProgramLab.open(program)) {
      lab.fastInSyn();
      lab.wire().fault(Faults.dropSynData());
      List<Boolean> failed = new ArrayList<>();
      for (int i = 0; i < RUNS; i++) {
        failed.add(isFailure(() -> lab.fast(impatient)));
      }
      boolean plainFails = isFailure(() -> lab.plain(impatient));
      lab.mend();

      assumeTrue(!plainFails, "this machine is too busy for so short a wait");
      assertThat(failed).filteredOn(each -> each).hasSizeLessThanOrEqualTo(2);
      assertThat(failed.subList(2, RUNS)).contains(false);
    }
  }

  private static boolean isFailure(Callable<?> run) {
    try {
      run.call();
      return false;
    } catch (Exception e) {
      return true;
    }
  }

  /** How the first of two addresses is dead. */
  enum Death {
    REFUSED(Faults.only(segment -> false, Faults.cut())),
    SILENT(Faults.drop(Death::isIpv6));

    private final Fault fault;

    Death(Fault fault) {
      this.fault = fault;
    }

    private static boolean isIpv6(Segment segment) {
      return segment.destination().getAddress() instanceof Inet6Address;
    }
  }

  static Stream<Arguments> dead() {
    return programs()
        .filter(Program::triesEachAddress)
        .flatMap(
            program -> Arrays.stream(Death.values()).map(death -> Arguments.of(program, death)));
  }

  @ParameterizedTest
  @MethodSource("dead")
  void reachesTheSecondAddressWhereTheFirstIsDeadThoughItsCookieIsKnown(
      Program program, Death death) throws Exception {
    Duration patience = Duration.ofSeconds(1);
    try (ProgramLab lab = ProgramLab.open(program)) {
      assumeTrue(lab.hosts().lab().server().hasIpv6(), "no IPv6 here");
      InetAddress first = lab.hosts().lab().server().ipv6();
      connect(lab, first);
      lab.fastInSyn();
      lab.wire().fault(death.fault);
      List<InetSocketAddress> both =
          List.of(new InetSocketAddress(first, lab.server().getPort()), lab.server());
      String answer = lab.plain(both, patience);
      // By chance, one kind of channel may have met only one of the two orders.
      Duration chance =
          IN_AN_ORDER_OF_ITS_OWN.contains(program)
              ? patience.multipliedBy(3).dividedBy(2)
              : Duration.ZERO;
      List<Duration> plain = new ArrayList<>();
      List<Duration> fast = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        plain.add(timeOf(() -> assertThat(lab.plain(both, patience)).isEqualTo(answer)));
        fast.add(timeOf(() -> assertThat(lab.run(both, patience)).isEqualTo(answer)));
      }

      assertThat(Collections.min(fast))
          .isLessThanOrEqualTo(
              Collections.max(plain).plus(chance).plus(FIRST_WRITE).plus(TOLERANCE));
    }
  }

  /** Gets a cookie of an address, at a port of its own. */
  private static void connect(ProgramLab lab, InetAddress address) throws Exception {
    var listener =
        lab.hosts()
            .lab()
            .server()
            .call(
                () ->
                    java.nio.channels.ServerSocketChannel.open()
                        .bind(new InetSocketAddress(address, 0)));
    try (listener) {
      SocketChannel channel = lab.hosts().onClient(SocketChannel::open);
      try (channel) {
        channel.configureBlocking(false);
        channel.connect(listener.getLocalAddress());
        listener.accept().close();
        while (!channel.finishConnect()) {
          Thread.onSpinWait();
        }
        channel.write(ByteBuffer.allocate(1));
      }
    }
  }
}
