package io.tfo.benchmarks;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** CPU time and time of a connection on loopback, side by side in short turns. */
final class ConnectionCost implements Measurement {
  static final String CONNECTION =
      "One thread, one connection after another: connect, 64 bytes, a reply of 64 bytes, close;";

  private static final int CONNECTS = 4_000;

  private final Samples cpu = new Samples();
  private final Samples user = new Samples();
  private final Samples system = new Samples();
  private final Samples wall = new Samples();

  @Override
  public List<Table> measure(Testbed bench) throws Exception {
    int rounds = 2 * bench.plan.rounds();
    for (int round = -1; round < rounds; round++) {
      Map<Contender, long[]> results = new EnumMap<>(Contender.class);
      for (Contender rival : bench.shuffled(List.of(Contender.values()))) {
        Testbed.Address server = bench.near();
        results.put(
            rival,
            bench.worker(rival).ask(Testbed.LIMIT, "load", server.host(), server.port(), CONNECTS));
      }
      if (round >= 0) { // the one before is for the compiler
        results.forEach(this::add);
      }
    }
    for (Contender rival : Contender.values()) {
      cpu.remark(rival.label, remark(rival));
    }
    String how =
        CONNECTION
            + " %d rounds of %,d for each on a core of its own, the server on another."
                .formatted(rounds, CONNECTS);
    return List.of(
        new Table(
            "CPU time of a connection",
            "\u00b5s",
            Table.Better.LOWER,
            cpu.ofRivals(),
            how + " User and system time of the client's whole process."),
        new Table(
            "Time of a connection on loopback",
            "\u00b5s",
            Table.Better.LOWER,
            wall.ofRivals(),
            how));
  }

  private void add(Contender rival, long[] nanos) {
    wall.add(rival.label, micros(nanos[0]));
    cpu.add(rival.label, micros(nanos[1] + nanos[2]));
    user.add(rival.label, micros(nanos[1]));
    system.add(rival.label, micros(nanos[2]));
  }

  private static double micros(long nanos) {
    return nanos / 1e3 / CONNECTS;
  }

  private String remark(Contender rival) {
    return "user %.1f, system %.1f; %,.0f connections a second and core"
        .formatted(
            user.spread(rival.label).median(),
            system.spread(rival.label).median(),
            1e6 / cpu.spread(rival.label).median());
  }
}
