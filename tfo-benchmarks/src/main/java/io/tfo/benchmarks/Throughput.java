package io.tfo.benchmarks;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How fast a connection is once it is established. */
final class Throughput implements Measurement {
  private static final int BYTES = 256 << 20;

  private static final List<Rival> RIVALS =
      List.of(
          Rival.JDK_CHANNEL,
          Rival.LINUX_LEGACY,
          Rival.LINUX_CONNECT,
          Rival.JDK_SOCKET,
          Rival.SOCKET_FACTORY);

  @Override
  public List<Table> measure(Bench bench) throws Exception {
    Rounds figures = new Rounds();
    Bench.Address server = bench.near();
    for (int round = -1; round < bench.plan.rounds(); round++) {
      Map<Rival, Double> rates = new EnumMap<>(Rival.class);
      for (Rival rival : bench.shuffled(RIVALS)) {
        long[] nanos =
            bench.worker(rival).ask(Bench.LIMIT, "stream", server.host(), server.port(), BYTES);
        rates.put(rival, (BYTES >> 20) / (nanos[0] / 1e9));
      }
      if (round >= 0) { // the one before is for the compiler
        rates.forEach((rival, rate) -> figures.add(rival.label, rate));
      }
    }
    return List.of(
        new Table(
            "Throughput of an established connection",
            "MiB/s",
            Table.Better.HIGHER,
            List.of(
                figures.row(Rival.JDK_CHANNEL.label, Rival.JDK_CHANNEL.label),
                figures.row(Rival.LINUX_LEGACY.label, Rival.JDK_CHANNEL.label),
                figures.row(Rival.LINUX_CONNECT.label, Rival.JDK_CHANNEL.label),
                figures.row(Rival.JDK_SOCKET.label, Rival.JDK_SOCKET.label),
                figures.row(Rival.SOCKET_FACTORY.label, Rival.JDK_SOCKET.label)),
            "%d rounds, 256 MiB each in writes of 64 KiB on loopback."
                .formatted(bench.plan.rounds())));
  }
}
