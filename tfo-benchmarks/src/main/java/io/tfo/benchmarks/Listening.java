package io.tfo.benchmarks;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How many connections a listener takes, with TCP Fast Open on and off. */
final class Listening implements Measurement {
  static final String FAST_OPEN = "on, Fast Open clients";
  private static final int CONNECTS = 4_000;
  private static final int BACKLOG = 1_024;

  /** Who listens, and who connects. */
  private record Pair(String name, ChildJvm server, Testbed.Address address, Contender client) {}

  @Override
  public List<Table> measure(Testbed bench) throws Exception {
    ChildJvm off = bench.server(bench.lab.client(), 0);
    ChildJvm on = bench.server(bench.lab.client(), BACKLOG);
    try {
      return measure(
          bench,
          List.of(
              pair("off, plain clients", off, Contender.JDK_CHANNEL),
              pair("on, plain clients", on, Contender.JDK_CHANNEL),
              pair(FAST_OPEN, on, Contender.LINUX_LEGACY)));
    } finally {
      off.close();
      on.close();
    }
  }

  private static Pair pair(String name, ChildJvm server, Contender client) throws Exception {
    return new Pair(name, server, new Testbed.Address("127.0.0.1", Testbed.port(server)), client);
  }

  private static List<Table> measure(Testbed bench, List<Pair> pairs) throws Exception {
    Samples rate = new Samples();
    Samples cpu = new Samples();
    for (int round = -1; round < bench.plan.rounds(); round++) {
      Map<Pair, double[]> results = new LinkedHashMap<>();
      pairs.forEach(pair -> results.put(pair, new double[0]));
      for (Pair pair : bench.shuffled(pairs)) {
        results.put(pair, measure(bench, pair));
      }
      if (round >= 0) { // the one before is for the compiler
        results.forEach(
            (pair, result) -> {
              rate.add(pair.name(), result[0]);
              cpu.add(pair.name(), result[1]);
            });
      }
    }
    String baseline = pairs.get(0).name();
    for (Pair pair : pairs) {
      rate.remark(
          pair.name(),
          "the server's CPU time: %.1f \u00b5s each".formatted(cpu.spread(pair.name()).median()));
    }
    return List.of(
        new Table(
            "Connections accepted a second",
            "1/s",
            Table.Better.HIGHER,
            rate.against(baseline),
            ("%d rounds of %,d connections from one client, each with a request and a reply; client"
                    + " and server have a core each.")
                .formatted(bench.plan.rounds(), CONNECTS)),
        new Table(
            "CPU time of an accepted connection",
            "\u00b5s",
            Table.Better.LOWER,
            cpu.against(baseline),
            "User and system time of the server's whole process, in the same rounds."));
  }

  private static double[] measure(Testbed bench, Pair pair) throws Exception {
    Duration limit = Testbed.LIMIT;
    ChildJvm worker = bench.worker(pair.client());
    long[] before = pair.server().ask(limit, "cpu");
    long[] load = worker.ask(limit, "load", pair.address().host(), pair.address().port(), CONNECTS);
    long[] after = pair.server().ask(limit, "cpu");
    double cpuNanos = after[0] + after[1] - before[0] - before[1];
    return new double[] {CONNECTS / (load[0] / 1e9), cpuNanos / CONNECTS / 1e3};
  }
}
