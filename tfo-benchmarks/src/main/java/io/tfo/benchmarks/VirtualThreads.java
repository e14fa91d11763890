package io.tfo.benchmarks;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Many connects at once, each on its own virtual thread, on the newest JDK. */
final class VirtualThreads implements Measurement {
  private static final String TITLE = "10,000 connections at once on virtual threads, 50 ms";
  private static final int CONNECTS = 10_000;
  private static final Duration ROUND_TRIP = Duration.ofMillis(50);
  private static final int FIRST_JDK = 21;
  private static final String LOST_SYNS = "TCPSynRetrans";

  private static final List<Contender> CONTENDERS =
      List.of(Contender.JDK_CHANNEL, Contender.LINUX_LEGACY, Contender.LINUX_CONNECT);

  @Override
  public List<Table> measure(Testbed testbed) throws Exception {
    InstalledJdk jdk = InstalledJdk.newest();
    if (jdk.version().feature() < FIRST_JDK) {
      return List.of(
          Table.none(TITLE, "no JDK 21 or later beside " + InstalledJdk.running().home()));
    }
    Testbed.Address server = testbed.far();
    Samples figures = new Samples();
    Map<Contender, CommandJvm> workers = new EnumMap<>(Contender.class);
    Map<Contender, Long> inSyn = new EnumMap<>(Contender.class);
    Map<Contender, Long> again = new EnumMap<>(Contender.class);
    try {
      testbed.lab.wire().delay(Duration.ZERO);
      for (Contender contender : CONTENDERS) {
        CommandJvm worker = testbed.worker(contender, jdk);
        workers.put(contender, worker);
        Testbed.Address near = testbed.near();
        worker.ask(Testbed.LIMIT, "burst", near.host(), near.port(), CONNECTS);
        worker.ask(Testbed.LIMIT, "burst", near.host(), near.port(), CONNECTS);
        worker.ask(Testbed.LIMIT, "exchange", server.host(), server.port(), 2);
      }
      testbed.lab.wire().delay(ROUND_TRIP.dividedBy(2));
      for (int round = 0; round < testbed.plan.bursts(); round++) {
        Map<Contender, Double> millis = new EnumMap<>(Contender.class);
        for (Contender contender : testbed.shuffled(CONTENDERS)) {
          long before = testbed.synDataAcknowledged();
          long lost = testbed.lab.client().counter(LOST_SYNS);
          long[] nanos =
              Objects.requireNonNull(workers.get(contender))
                  .ask(Testbed.LIMIT, "burst", server.host(), server.port(), CONNECTS);
          inSyn.merge(contender, testbed.synDataAcknowledged() - before, Long::sum);
          again.merge(contender, testbed.lab.client().counter(LOST_SYNS) - lost, Long::sum);
          millis.put(contender, nanos[0] / 1e6);
          testbed.lab.wire().forget();
        }
        millis.forEach((contender, each) -> figures.add(contender.label, each));
        figures.add("ideal: one round trip", (double) ROUND_TRIP.toMillis());
      }
    } finally {
      testbed.lab.wire().delay(Duration.ZERO);
      workers.values().forEach(CommandJvm::close);
    }
    int all = testbed.plan.bursts() * CONNECTS;
    inSyn.forEach(
        (contender, count) ->
            figures.remark(
                contender.label,
                "%,d of %,d in the SYN; %,d SYNs lost"
                    .formatted(count, all, again.getOrDefault(contender, 0L))));
    return List.of(
        new Table(
            TITLE,
            "ms",
            Table.Better.LOWER,
            figures.against(Contender.JDK_CHANNEL.label),
            "%s, %d rounds, until the last reply. The lab's wire is one thread: it takes part of"
                    .formatted(jdk, testbed.plan.bursts())
                + " the time, from all alike."));
  }
}
