package io.tfo.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Time from before the connect to the first byte of the reply, at several round trips. */
final class FirstByte implements Measurement {
  /**
   * One distance to the server.
   *
   * @param roundTrip the round trip to the server
   * @param connects connections of each contender in a round; their median is the round's value
   * @param share the share of the plan's rounds
   */
  private record Distance(Duration roundTrip, int connects, double share) {}

  private static final List<Distance> DISTANCES =
      List.of(
          new Distance(Duration.ZERO, 200, 1),
          new Distance(Duration.ofMillis(10), 9, 1),
          new Distance(Duration.ofMillis(50), 5, 0.7),
          new Distance(Duration.ofMillis(200), 3, 0.4));

  /** The table that stands for all distances in a summary. */
  static final String SUMMARY_TITLE = title(Duration.ofMillis(50));

  @Override
  public List<Table> measure(Testbed testbed) throws Exception {
    List<Table> tables = new ArrayList<>();
    for (Distance distance : DISTANCES) {
      tables.add(measure(testbed, distance));
    }
    testbed.lab.wire().delay(Duration.ZERO);
    return tables;
  }

  private static Table measure(Testbed testbed, Distance distance) throws Exception {
    testbed.lab.wire().delay(distance.roundTrip().dividedBy(2));
    Testbed.Address server = distance.roundTrip().isZero() ? testbed.near() : testbed.far();
    int rounds = Math.max(3, (int) Math.round(testbed.plan.rounds() * distance.share()));
    Samples figures = new Samples();
    Map<Contender, Long> inSyn = new EnumMap<>(Contender.class);
    for (Contender contender : Contender.UNTIMED) {
      testbed.worker(contender).ask(Testbed.LIMIT, "exchange", server.host(), server.port(), 1);
    }
    for (int round = 0; round < rounds; round++) {
      Map<Contender, Double> medians = new EnumMap<>(Contender.class);
      for (Contender contender : testbed.shuffled(Contender.UNTIMED)) {
        long before = testbed.synDataAcknowledged();
        long[] nanos =
            testbed
                .worker(contender)
                .ask(Testbed.LIMIT, "exchange", server.host(), server.port(), distance.connects());
        inSyn.merge(contender, testbed.synDataAcknowledged() - before, Long::sum);
        medians.put(contender, Quartiles.median(nanos) / 1e6);
        testbed.lab.wire().forget();
      }
      medians.forEach((contender, millis) -> figures.add(contender.label, millis));
    }
    inSyn.forEach(
        (contender, count) ->
            figures.remark(
                contender.label,
                "%d of %d in the SYN".formatted(count, rounds * distance.connects())));
    String where = distance.roundTrip().isZero() ? "on loopback" : "over the lab's wire";
    return new Table(
        title(distance.roundTrip()),
        "ms",
        Table.Better.LOWER,
        figures.ofContenders(),
        "%d rounds of %d connections each, %s.".formatted(rounds, distance.connects(), where));
  }

  private static String title(Duration roundTrip) {
    return "Time to the first reply byte, round trip %d ms".formatted(roundTrip.toMillis());
  }
}
