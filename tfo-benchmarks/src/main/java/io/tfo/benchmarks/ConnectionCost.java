package io.tfo.benchmarks;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** CPU time and elapsed time of a connection on loopback, measured in short turns. */
final class ConnectionCost implements Measurement {
  static final String CONNECTION =
      "One thread, one connection after another: connect, 64 bytes, a reply of 64 bytes, close;";

  static final String CPU_TITLE = "CPU time of a connection";

  private static final int CONNECTS = 4_000;

  private final Samples cpu = new Samples();
  private final Samples user = new Samples();
  private final Samples system = new Samples();
  private final Samples wall = new Samples();

  @Override
  public List<Table> measure(Testbed testbed) throws Exception {
    int rounds = 2 * testbed.plan.rounds();
    for (int round = -1; round < rounds; round++) {
      Map<Contender, long[]> results = new EnumMap<>(Contender.class);
      for (Contender contender : testbed.shuffled(List.of(Contender.values()))) {
        Testbed.Address server = testbed.near();
        results.put(
            contender,
            testbed
                .worker(contender)
                .ask(Testbed.LIMIT, "load", server.host(), server.port(), CONNECTS));
      }
      if (round >= 0) { // the round before the first warms the JIT compiler up
        results.forEach(this::add);
      }
    }
    for (Contender contender : Contender.values()) {
      cpu.remark(contender.label, remark(contender));
    }
    String how =
        CONNECTION
            + " %d rounds of %,d for each on a core of its own, the server on another."
                .formatted(rounds, CONNECTS);
    return List.of(
        new Table(
            CPU_TITLE,
            "\u00b5s",
            Table.Better.LOWER,
            cpu.ofContenders(),
            how + " User and system time of the client's whole process."),
        new Table(
            "Time of a connection on loopback",
            "\u00b5s",
            Table.Better.LOWER,
            wall.ofContenders(),
            how));
  }

  private void add(Contender contender, long[] nanos) {
    wall.add(contender.label, micros(nanos[0]));
    cpu.add(contender.label, micros(nanos[1] + nanos[2]));
    user.add(contender.label, micros(nanos[1]));
    system.add(contender.label, micros(nanos[2]));
  }

  private static double micros(long nanos) {
    return nanos / 1e3 / CONNECTS;
  }

  private String remark(Contender contender) {
    return "user %.1f, system %.1f; %,.0f connections a second and core"
        .formatted(
            user.quartiles(contender.label).median(),
            system.quartiles(contender.label).median(),
            1e6 / cpu.quartiles(contender.label).median());
  }
}
