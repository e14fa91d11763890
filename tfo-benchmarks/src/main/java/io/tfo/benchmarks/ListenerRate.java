package io.tfo.benchmarks;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How many connections a listener accepts a second, with TCP Fast Open on and off. */
final class ListenerRate implements Measurement {
  static final String FAST_OPEN = "on, Fast Open clients";
  private static final int CONNECTS = 4_000;
  private static final int BACKLOG = 1_024;

  /** A server and the contender that connects to it. */
  private record Pair(
      String name, CommandProcess server, Testbed.Address address, Contender client) {}

  @Override
  public List<Table> measure(Testbed testbed) throws Exception {
    CommandProcess off = testbed.server(testbed.lab.client(), 0);
    CommandProcess on = testbed.server(testbed.lab.client(), BACKLOG);
    try {
      return measure(
          testbed,
          List.of(
              pair("off, plain clients", off, Contender.JDK_CHANNEL),
              pair("on, plain clients", on, Contender.JDK_CHANNEL),
              pair(FAST_OPEN, on, Contender.LINUX_LEGACY)));
    } finally {
      off.close();
      on.close();
    }
  }

  private static Pair pair(String name, CommandProcess server, Contender client) throws Exception {
    return new Pair(name, server, new Testbed.Address("127.0.0.1", Testbed.port(server)), client);
  }

  private static List<Table> measure(Testbed testbed, List<Pair> pairs) throws Exception {
    Samples rate = new Samples();
    Samples cpu = new Samples();
    for (int round = -1; round < testbed.plan.rounds(); round++) {
      Map<Pair, double[]> results = new LinkedHashMap<>();
      pairs.forEach(pair -> results.put(pair, new double[0]));
      for (Pair pair : testbed.shuffled(pairs)) {
        results.put(pair, measure(testbed, pair));
      }
      if (round >= 0) { // the round before the first warms the JIT compiler up
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
          "the server's CPU time: %.1f \u00b5s each"
              .formatted(cpu.quartiles(pair.name()).median()));
    }
    return List.of(
        new Table(
            "Connections accepted a second",
            "1/s",
            Table.Better.HIGHER,
            rate.against(baseline),
            ("%d rounds of %,d connections from one client, each with a request and a reply; client"
                    + " and server have a core each.")
                .formatted(testbed.plan.rounds(), CONNECTS)),
        new Table(
            "CPU time of an accepted connection",
            "\u00b5s",
            Table.Better.LOWER,
            cpu.against(baseline),
            "User and system time of the server's whole process, in the same rounds."));
  }

  private static double[] measure(Testbed testbed, Pair pair) throws Exception {
    Duration limit = Testbed.LIMIT;
    CommandProcess worker = testbed.worker(pair.client());
    long[] before = pair.server().ask(limit, "cpu");
    long[] load = worker.ask(limit, "load", pair.address().host(), pair.address().port(), CONNECTS);
    long[] after = pair.server().ask(limit, "cpu");
    double cpuNanos = after[0] - before[0];
    return new double[] {CONNECTS / (load[0] / 1e9), cpuNanos / CONNECTS / 1e3};
  }
}
