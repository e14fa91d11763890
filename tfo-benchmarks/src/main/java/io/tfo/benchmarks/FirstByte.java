package io.tfo.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Time from before the connect to the first byte of the reply, at several round trips. */
final class FirstByte implements Measurement {
  /**
   * @param roundTrip how far the server is
   * @param connects of each rival in a round, of which the median counts
   * @param share how many of the plan's rounds
   */
  private record Distance(Duration roundTrip, int connects, double share) {}

  private static final List<Distance> DISTANCES =
      List.of(
          new Distance(Duration.ZERO, 200, 1),
          new Distance(Duration.ofMillis(10), 9, 1),
          new Distance(Duration.ofMillis(50), 5, 0.7),
          new Distance(Duration.ofMillis(200), 3, 0.4));

  @Override
  public List<Table> measure(Testbed bench) throws Exception {
    List<Table> tables = new ArrayList<>();
    for (Distance distance : DISTANCES) {
      tables.add(measure(bench, distance));
    }
    bench.lab.wire().delay(Duration.ZERO);
    return tables;
  }

  private static Table measure(Testbed bench, Distance distance) throws Exception {
    bench.lab.wire().delay(distance.roundTrip().dividedBy(2));
    Testbed.Address server = distance.roundTrip().isZero() ? bench.near() : bench.far();
    int rounds = Math.max(3, (int) Math.round(bench.plan.rounds() * distance.share()));
    Samples figures = new Samples();
    Map<Contender, Long> inSyn = new EnumMap<>(Contender.class);
    for (Contender rival : Contender.values()) {
      bench.worker(rival).ask(Testbed.LIMIT, "exchange", server.host(), server.port(), 1);
    }
    for (int round = 0; round < rounds; round++) {
      Map<Contender, Double> medians = new EnumMap<>(Contender.class);
      for (Contender rival : bench.shuffled(List.of(Contender.values()))) {
        long before = bench.synDataAcknowledged();
        long[] nanos =
            bench
                .worker(rival)
                .ask(Testbed.LIMIT, "exchange", server.host(), server.port(), distance.connects());
        inSyn.merge(rival, bench.synDataAcknowledged() - before, Long::sum);
        medians.put(rival, Quartiles.median(nanos) / 1e6);
        bench.lab.wire().forget();
      }
      medians.forEach((rival, millis) -> figures.add(rival.label, millis));
    }
    inSyn.forEach(
        (rival, count) ->
            figures.remark(
                rival.label, "%d of %d in the SYN".formatted(count, rounds * distance.connects())));
    String title =
        "Time to the first reply byte, round trip %d ms".formatted(distance.roundTrip().toMillis());
    String where = distance.roundTrip().isZero() ? "on loopback" : "over the lab's wire";
    return new Table(
        title,
        "ms",
        Table.Better.LOWER,
        figures.ofRivals(),
        "%d rounds of %d connections each, %s.".formatted(rounds, distance.connects(), where));
  }
}
