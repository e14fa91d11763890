package io.tfo.benchmarks;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** How fast a connection is once it is established. */
final class Throughput implements Measurement {
  private static final int BYTES = 256 << 20;

  private static final List<Contender> RIVALS =
      List.of(
          Contender.JDK_CHANNEL,
          Contender.LINUX_LEGACY,
          Contender.LINUX_CONNECT,
          Contender.JDK_SOCKET,
          Contender.SOCKET_FACTORY);

  @Override
  public List<Table> measure(Testbed bench) throws Exception {
    Samples figures = new Samples();
    Testbed.Address server = bench.near();
    for (int round = -1; round < bench.plan.rounds(); round++) {
      Map<Contender, Double> rates = new EnumMap<>(Contender.class);
      for (Contender rival : bench.shuffled(RIVALS)) {
        long[] nanos =
            bench.worker(rival).ask(Testbed.LIMIT, "stream", server.host(), server.port(), BYTES);
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
                figures.row(Contender.JDK_CHANNEL.label, Contender.JDK_CHANNEL.label),
                figures.row(Contender.LINUX_LEGACY.label, Contender.JDK_CHANNEL.label),
                figures.row(Contender.LINUX_CONNECT.label, Contender.JDK_CHANNEL.label),
                figures.row(Contender.JDK_SOCKET.label, Contender.JDK_SOCKET.label),
                figures.row(Contender.SOCKET_FACTORY.label, Contender.JDK_SOCKET.label)),
            "%d rounds, 256 MiB each in writes of 64 KiB on loopback."
                .formatted(bench.plan.rounds())));
  }
}
