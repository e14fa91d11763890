package io.tfo.benchmarks;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Many connects at once, each on a virtual thread of the newest JDK. */
final class VirtualThreads implements Measurement {
  private static final String TITLE = "10,000 connections at once on virtual threads, 50 ms";
  private static final int CONNECTS = 10_000;
  private static final Duration ROUND_TRIP = Duration.ofMillis(50);
  private static final int FIRST_JDK = 21;

  private static final List<Rival> RIVALS =
      List.of(Rival.JDK_CHANNEL, Rival.LINUX_LEGACY, Rival.LINUX_CONNECT);

  @Override
  public List<Table> measure(Bench bench) throws Exception {
    Jdk jdk = Jdk.newest();
    if (jdk.version().feature() < FIRST_JDK) {
      return List.of(Table.none(TITLE, "no JDK 21 or later beside " + Jdk.running().home()));
    }
    Bench.Address server = bench.far();
    Rounds figures = new Rounds();
    Map<Rival, Child> workers = new EnumMap<>(Rival.class);
    Map<Rival, Long> inSyn = new EnumMap<>(Rival.class);
    try {
      bench.lab.wire().delay(Duration.ZERO);
      for (Rival rival : RIVALS) {
        Child worker = bench.worker(rival, jdk);
        workers.put(rival, worker);
        Bench.Address near = bench.near();
        worker.ask(Bench.LIMIT, "storm", near.host(), near.port(), CONNECTS);
        worker.ask(Bench.LIMIT, "storm", near.host(), near.port(), CONNECTS);
        worker.ask(Bench.LIMIT, "exchange", server.host(), server.port(), 2);
      }
      bench.lab.wire().delay(ROUND_TRIP.dividedBy(2));
      for (int round = 0; round < bench.plan.storms(); round++) {
        Map<Rival, Double> millis = new EnumMap<>(Rival.class);
        for (Rival rival : bench.shuffled(RIVALS)) {
          Child worker = Objects.requireNonNull(workers.get(rival));
          long before = bench.synDataAcknowledged();
          long[] nanos = worker.ask(Bench.LIMIT, "storm", server.host(), server.port(), CONNECTS);
          inSyn.merge(rival, bench.synDataAcknowledged() - before, Long::sum);
          millis.put(rival, nanos[0] / 1e6);
          bench.lab.wire().forget();
        }
        millis.forEach((rival, each) -> figures.add(rival.label, each));
        figures.add("ideal: one round trip", (double) ROUND_TRIP.toMillis());
      }
    } finally {
      bench.lab.wire().delay(Duration.ZERO);
      workers.values().forEach(Child::close);
    }
    int all = bench.plan.storms() * CONNECTS;
    inSyn.forEach(
        (rival, count) ->
            figures.remark(rival.label, "%,d of %,d in the SYN".formatted(count, all)));
    return List.of(
        new Table(
            TITLE,
            "ms",
            Table.Better.LOWER,
            figures.against(Rival.JDK_CHANNEL.label),
            "%s, %d rounds, until the last reply. The lab's wire is one thread: it takes part of"
                    .formatted(jdk, bench.plan.storms())
                + " the time, from all alike."));
  }
}
