package io.tfo.benchmarks;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The throughput of an established connection. */
final class Throughput implements Measurement {
  private static final int BYTES = 256 << 20;

  private static final List<Contender> CONTENDERS =
      List.of(
          Contender.JDK_CHANNEL,
          Contender.LINUX_LEGACY,
          Contender.LINUX_CONNECT,
          Contender.JDK_SOCKET,
          Contender.SOCKET_FACTORY);

  @Override
  public List<Table> measure(Testbed testbed) throws Exception {
    Samples figures = new Samples();
    Testbed.Address server = testbed.near();
    for (int round = -1; round < testbed.plan.rounds(); round++) {
      Map<Contender, Double> rates = new EnumMap<>(Contender.class);
      for (Contender contender : testbed.shuffled(CONTENDERS)) {
        long[] nanos =
            testbed
                .worker(contender)
                .ask(Testbed.LIMIT, "stream", server.host(), server.port(), BYTES);
        rates.put(contender, (BYTES >> 20) / (nanos[0] / 1e9));
      }
      if (round >= 0) { // the round before the first warms the JIT compiler up
        rates.forEach((contender, rate) -> figures.add(contender.label, rate));
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
                .formatted(testbed.plan.rounds())));
  }
}
