package io.tfo.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.backoff.SimulatedClient.Exchange;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The policy of the back-off, on simulated networks. */
@Timeout(120)
@ExtendWith(BackOffSimulation.Seed.class)
class BackOffSimulationTest {
  private static final InetSocketAddress SERVER = BackOffSimulation.destination(1, 443);

  /** After 3, 15, 63, 255, 1023 seconds. */
  private static final int TRIALS_IN_AN_HOUR = 5;

  /** A network that always harms SYNs with data, or with the option. */
  enum Harm {
    DROPS_DATA(path -> path.dropsSynData = true),
    SWALLOWS(
        path -> {
          path.dropsSynData = true;
          path.swallows = true;
        }),
    RESETS_DATA(path -> path.resetsSynData = true),
    DROPS_OPTION(path -> path.dropsOption = true);

    private final Consumer<SimulatedPath> onto;

    boolean isRefusal() {
      return this == RESETS_DATA;
    }

    /** A connect with more time is answered in the end. */
    int isSurvivedInMillis() {
      return this == SWALLOWS ? 2000 : 1100;
    }

    Harm(Consumer<SimulatedPath> onto) {
      this.onto = onto;
    }
  }

  /** The network and the clients that are simulated. */
  private record Line(double lossPercent, int roundTripMillis, int clients, int timeoutMillis) {
    double meanMillis(BackOffSimulation simulation) {
      SimulatedPath path = simulation.path();
      path.loss = lossPercent / 100;
      path.roundTrip = Duration.ofMillis(roundTripMillis);
      List<SimulatedClient> all =
          IntStream.range(0, clients).mapToObj(i -> simulation.client(SERVER, path)).toList();
      all.forEach(client -> client.timeout = Duration.ofMillis(timeoutMillis));
      simulation.run(Duration.ofHours(3).dividedBy(clients));
      return all.stream()
              .flatMap(client -> client.exchanges.stream())
              .filter(exchange -> !exchange.failed())
              .mapToLong(Exchange::nanos)
              .average()
              .orElseThrow()
          / 1e6;
    }
  }

  /** The loss is that of each segment, on the way out and back. */
  @ParameterizedTest
  @CsvSource({
    "0.1, 50, 1, 0, 1.03",
    "0.5, 50, 1, 0, 1.03",
    "1, 1, 1, 0, 1.03",
    "1, 10, 1, 0, 1.03",
    "1, 50, 1, 0, 1.03",
    "1, 200, 1, 0, 1.03",
    "1, 50, 10, 0, 1.03",
    "1, 50, 100, 0, 1.03",
    "0.5, 50, 1, 500, 1.03",
    "1, 50, 1, 500, 1.04",
    "1, 50, 10, 500, 1.03",
    "2, 50, 1, 0, 1.03",
    "5, 50, 1, 0, 1.05",
    "5, 50, 10, 0, 1.03"
  })
  void randomLossCostsHardlyMoreThanWithoutABackOff(
      double percent, int roundTripMillis, int clients, int timeoutMillis, double most) {
    Line line = new Line(percent, roundTripMillis, clients, timeoutMillis);

    double with = line.meanMillis(BackOffSimulation.withBackOff());

    assertThat(with).isLessThan(most * line.meanMillis(BackOffSimulation.withoutBackOff()));
  }

  static Stream<Arguments> harmedClients() {
    List<Integer> timeouts = List.of(0, 50, 100, 300, 700, 999, 1500, 3000);
    return Stream.of(Harm.values())
        .flatMap(harm -> timeouts.stream().map(millis -> List.<Object>of(harm, millis)))
        .flatMap(each -> Stream.of(true, false).map(stated -> arguments(each, stated)));
  }

  private static Arguments arguments(List<Object> harmAndMillis, boolean stated) {
    return Arguments.of(harmAndMillis.get(0), harmAndMillis.get(1), stated);
  }

  private static List<Exchange> suffered(SimulatedClient client) {
    return client.exchanges.stream().filter(Exchange::suffered).toList();
  }

  @ParameterizedTest(name = "{0}, {1} ms, stated: {2}")
  @MethodSource("harmedClients")
  void whereSynsAreAlwaysHarmedTwoConnectsSufferAndOneAfterEachWait(
      Harm harm, int timeoutMillis, boolean isStated) {
    BackOffSimulation simulation = BackOffSimulation.withBackOff();
    SimulatedPath path = simulation.path();
    path.roundTrip = Duration.ofMillis(20);
    harm.onto.accept(path);
    SimulatedClient client = simulation.client(SERVER, path);
    client.timeout = Duration.ofMillis(timeoutMillis);
    client.isTimeoutStated = isStated;
    client.pause = Duration.ofMillis(100);

    simulation.run(Duration.ofHours(1));

    // If the timeout is not stated, only a connect that was given up shows how short it is.
    int shortest = isStated ? 2000 : harm.isRefusal() ? 0 : harm.isSurvivedInMillis();
    boolean hasTime = timeoutMillis == 0 || timeoutMillis >= shortest;
    assertThat(suffered(client)).hasSize(hasTime ? 2 + TRIALS_IN_AN_HOUR : 2);
  }

  @ParameterizedTest
  @EnumSource(Harm.class)
  void ofManyClientsOnlyThoseThatBeginBeforeTheSecondLossIsKnownSuffer(Harm harm) {
    BackOffSimulation simulation = BackOffSimulation.withBackOff();
    SimulatedPath path = simulation.path();
    path.roundTrip = Duration.ofMillis(20);
    harm.onto.accept(path);
    List<SimulatedClient> clients =
        IntStream.range(0, 50).mapToObj(i -> simulation.client(SERVER, path)).toList();
    clients.forEach(client -> client.timeout = Duration.ofMillis(2500));
    clients.forEach(client -> client.pause = Duration.ofMillis(100));

    // All trials of an hour are in its first 20 minutes.
    simulation.run(Duration.ofMinutes(20));

    long late = Duration.ofSeconds(6).toNanos();
    assertThat(clients.stream().flatMap(client -> suffered(client).stream()))
        .filteredOn(exchange -> exchange.start() > late)
        .hasSizeLessThanOrEqualTo(TRIALS_IN_AN_HOUR);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aServerThatComesBackHasFastOpenAtTheSecondConnect(boolean isSilent) {
    BackOffSimulation simulation = BackOffSimulation.withBackOff();
    SimulatedPath path = simulation.path();
    path.isSilent = isSilent;
    SimulatedClient client = simulation.client(SERVER, path);
    client.timeout = Duration.ofMillis(700);
    for (int restart = 0; restart < 100; restart++) {
      simulation.run(Duration.ofSeconds(20));
      path.isServerDown = true;
      simulation.run(Duration.ofMillis(10 + simulation.random.nextInt(200_000)));
      path.isServerDown = false;
      if (isSilent) {
        simulation.run(client.timeout); // one connect is waiting still
      }
      long back = simulation.backOff.now();
      simulation.run(Duration.ofSeconds(1));
      List<Exchange> after =
          client.exchanges.stream().filter(exchange -> exchange.start() > back).toList();
      assertThat(after.get(1).wasFast()).as("restart %d: %s", restart, after).isTrue();
    }
  }

  @Test
  void anAddressThatTheServerDoesNotKnowCostsNothingButTheSavedRoundTrip() {
    BackOffSimulation simulation = BackOffSimulation.withBackOff();
    SimulatedPath path = simulation.path();
    SimulatedClient client = simulation.client(SERVER, path);
    for (int i = 0; i < 100; i++) {
      simulation.run(Duration.ofSeconds(1));
      path.isRebound = true;
    }

    assertThat(suffered(client)).isEmpty();
    assertThat(client.exchanges.stream().filter(each -> !each.wasFast())).hasSize(100);
  }

  @ParameterizedTest
  @EnumSource(Harm.class)
  void aPathThatBreaksIsLearnedAndOnceItIsMendedItIsTriedAgainInTime(Harm harm) {
    BackOffSimulation simulation = BackOffSimulation.withBackOff();
    SimulatedPath path = simulation.path();
    SimulatedClient client = simulation.client(SERVER, path);
    client.pause = Duration.ofMillis(500);
    client.timeout = Duration.ofSeconds(5);
    simulation.run(Duration.ofMinutes(1));
    assertThat(suffered(client)).isEmpty();

    harm.onto.accept(path);
    simulation.run(Duration.ofMinutes(2));
    assertThat(suffered(client)).hasSizeBetween(2, 2 + 3);

    path.mend();
    simulation.run(Duration.ofMinutes(6));
    int mended = client.exchanges.size();
    simulation.run(Duration.ofMinutes(1));
    assertThat(client.exchanges.subList(mended, client.exchanges.size()))
        .allMatch(Exchange::wasFast);
  }

  @Test
  void impatientClientsOfAPathThatChangesTryForAnHourAtMost() {
    BackOffSimulation simulation = BackOffSimulation.withBackOff();
    SimulatedPath path = simulation.path();
    SimulatedClient client = simulation.client(SERVER, path);
    client.timeout = Duration.ofMillis(300);
    client.pause = Duration.ofMillis(100);
    simulation.run(Duration.ofMinutes(1));

    path.dropsSynData = true;
    simulation.run(Duration.ofHours(20));

    assertThat(suffered(client)).hasSizeLessThanOrEqualTo(2 + TRIALS_IN_AN_HOUR);
  }

  @Test
  void aProgramThatChoosesDestinationsPushesOutNoEntryThatCostTime() {
    BackOffSimulation simulation = BackOffSimulation.withBackOff();
    SimulatedPath dropping = simulation.path();
    dropping.dropsOption = true;
    SimulatedClient client = simulation.client(SERVER, dropping);
    client.pause = Duration.ofSeconds(1);
    simulation.run(Duration.ofMinutes(20));
    final int suffered = suffered(client).size();

    SimulatedPath refusing = simulation.path();
    refusing.isServerDown = true;
    for (int i = 0; i < 10_000; i++) {
      // Each refuses once; its next connect would come later than the test ends.
      simulation.client(BackOffSimulation.destination(100 + i / 1000, 1 + i), refusing).pause =
          Duration.ofDays(1);
    }
    SimulatedPath evil = simulation.path();
    evil.dropsOption = true;
    for (int i = 0; i < 2_000; i++) {
      simulation.client(BackOffSimulation.destination(1000 + i, 443), evil).pause =
          Duration.ofSeconds(1);
    }
    simulation.run(Duration.ofSeconds(30));

    assertThat(simulation.backOff.size()).isLessThanOrEqualTo(1000);
    assertThat(suffered(client)).hasSize(suffered);
  }

  /** A firewall's rule for one port says nothing of the others, until a second one is lost. */
  @Test
  void twoPortsThatLoseSpeakForTheirAddressAndTwoAddressesForAll() {
    BackOffSimulation simulation = BackOffSimulation.withBackOff();
    SimulatedPath dropping = simulation.path();
    dropping.dropsOption = true;
    assertThat(sufferedOnce(simulation, BackOffSimulation.destination(1, 1), dropping))
        .isEqualTo(2);
    assertThat(sufferedOnce(simulation, BackOffSimulation.destination(1, 2), dropping))
        .isEqualTo(2);
    assertThat(sufferedOnce(simulation, BackOffSimulation.destination(1, 3), dropping)).isZero();

    assertThat(sufferedOnce(simulation, BackOffSimulation.destination(2, 1), dropping))
        .isEqualTo(2);
    assertThat(simulation.backOff.isEverywhere()).isTrue();
    assertThat(sufferedOnce(simulation, BackOffSimulation.destination(3, 1), dropping)).isZero();

    SimulatedPath good = simulation.path();
    SimulatedClient client = simulation.client(BackOffSimulation.destination(4, 1), good);
    simulation.run(Duration.ofSeconds(20));
    assertThat(client.exchanges.get(client.exchanges.size() - 1).wasFast()).isTrue();
    assertThat(simulation.backOff.isEverywhere()).isFalse();
  }

  private static int sufferedOnce(
      BackOffSimulation simulation, InetSocketAddress destination, SimulatedPath path) {
    SimulatedClient client = simulation.client(destination, path);
    client.most = 10;
    simulation.run(Duration.ofMillis(2900));
    return suffered(client).size();
  }
}
