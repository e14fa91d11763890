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
  private static final String LOST_SYNS = "TCPSynRetrans";

  private static final List<Contender> RIVALS =
      List.of(Contender.JDK_CHANNEL, Contender.LINUX_LEGACY, Contender.LINUX_CONNECT);

  @Override
  public List<Table> measure(Testbed bench) throws Exception {
    Jdk jdk = Jdk.newest();
    if (jdk.version().feature() < FIRST_JDK) {
      return List.of(Table.none(TITLE, "no JDK 21 or later beside " + Jdk.running().home()));
    }
    Testbed.Address server = bench.far();
    Samples figures = new Samples();
    Map<Contender, ChildJvm> workers = new EnumMap<>(Contender.class);
    Map<Contender, Long> inSyn = new EnumMap<>(Contender.class);
    Map<Contender, Long> again = new EnumMap<>(Contender.class);
    try {
      bench.lab.wire().delay(Duration.ZERO);
      for (Contender rival : RIVALS) {
        ChildJvm worker = bench.worker(rival, jdk);
        workers.put(rival, worker);
        Testbed.Address near = bench.near();
        worker.ask(Testbed.LIMIT, "storm", near.host(), near.port(), CONNECTS);
        worker.ask(Testbed.LIMIT, "storm", near.host(), near.port(), CONNECTS);
        worker.ask(Testbed.LIMIT, "exchange", server.host(), server.port(), 2);
      }
      bench.lab.wire().delay(ROUND_TRIP.dividedBy(2));
      for (int round = 0; round < bench.plan.storms(); round++) {
        Map<Contender, Double> millis = new EnumMap<>(Contender.class);
        for (Contender rival : bench.shuffled(RIVALS)) {
          long before = bench.synDataAcknowledged();
          long lost = bench.lab.client().counter(LOST_SYNS);
          long[] nanos =
              Objects.requireNonNull(workers.get(rival))
                  .ask(Testbed.LIMIT, "storm", server.host(), server.port(), CONNECTS);
          inSyn.merge(rival, bench.synDataAcknowledged() - before, Long::sum);
          again.merge(rival, bench.lab.client().counter(LOST_SYNS) - lost, Long::sum);
          millis.put(rival, nanos[0] / 1e6);
          bench.lab.wire().forget();
        }
        millis.forEach((rival, each) -> figures.add(rival.label, each));
        figures.add("ideal: one round trip", (double) ROUND_TRIP.toMillis());
      }
    } finally {
      bench.lab.wire().delay(Duration.ZERO);
      workers.values().forEach(ChildJvm::close);
    }
    int all = bench.plan.storms() * CONNECTS;
    inSyn.forEach(
        (rival, count) ->
            figures.remark(
                rival.label,
                "%,d of %,d in the SYN; %,d SYNs lost"
                    .formatted(count, all, again.getOrDefault(rival, 0L))));
    return List.of(
        new Table(
            TITLE,
            "ms",
            Table.Better.LOWER,
            figures.against(Contender.JDK_CHANNEL.label),
            "%s, %d rounds, until the last reply. The lab's wire is one thread: it takes part of"
                    .formatted(jdk, bench.plan.storms())
                + " the time, from all alike."));
  }
}
