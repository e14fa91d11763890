package io.tfo.benchmarks;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** CPU time and time of a connection on loopback, side by side in short turns. */
final class ConnectionCost implements Measurement {
  static final String CONNECTION =
      "One thread, one connection after another: connect, 64 bytes, a reply of 64 bytes, close;";

  private static final int CONNECTS = 4_000;

  private final Rounds cpu = new Rounds();
  private final Rounds user = new Rounds();
  private final Rounds system = new Rounds();
  private final Rounds wall = new Rounds();

  @Override
  public List<Table> measure(Bench bench) throws Exception {
    int rounds = 2 * bench.plan.rounds();
    for (int round = -1; round < rounds; round++) {
      Map<Rival, long[]> results = new EnumMap<>(Rival.class);
      for (Rival rival : bench.shuffled(List.of(Rival.values()))) {
        Bench.Address server = bench.near();
        results.put(
            rival,
            bench.worker(rival).ask(Bench.LIMIT, "load", server.host(), server.port(), CONNECTS));
      }
      if (round >= 0) { // the one before is for the compiler
        results.forEach(this::add);
      }
    }
    for (Rival rival : Rival.values()) {
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

  private void add(Rival rival, long[] nanos) {
    wall.add(rival.label, micros(nanos[0]));
    cpu.add(rival.label, micros(nanos[1] + nanos[2]));
    user.add(rival.label, micros(nanos[1]));
    system.add(rival.label, micros(nanos[2]));
  }

  private static double micros(long nanos) {
    return nanos / 1e3 / CONNECTS;
  }

  private String remark(Rival rival) {
    return "user %.1f, system %.1f; %,.0f connections a second and core"
        .formatted(
            user.spread(rival.label).median(),
            system.spread(rival.label).median(),
            1e6 / cpu.spread(rival.label).median());
  }
}
