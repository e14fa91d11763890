package io.tfo.benchmarks;

import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Many connects at once, each on its own virtual thread, on the newest JDK; and, for comparison, a
 * C program, which shows the time of client, server and wire without a JVM.
 */
final class VirtualThreads implements Measurement {
  private static final String TITLE = "10,000 connections at once on virtual threads, 50 ms";
  private static final int CONNECTS = 10_000;
  private static final Duration ROUND_TRIP = Duration.ofMillis(50);
  private static final int FIRST_JDK = 21;
  private static final String LOST_SYNS = "TCPSynRetrans";

  private static final List<Contender> CONTENDERS =
      List.of(Contender.JDK_CHANNEL, Contender.LINUX_LEGACY, Contender.LINUX_CONNECT);

  private final Samples figures = new Samples();

  /** How many SYNs of each client carried data that was acknowledged, in all rounds. */
  private final Map<String, Long> inSyn = new HashMap<>();

  /** How many SYNs of each client were sent again, in all rounds. */
  private final Map<String, Long> again = new HashMap<>();

  @Override
  public List<Table> measure(Testbed testbed) throws Exception {
    InstalledJdk jdk = InstalledJdk.newest();
    if (jdk.version().feature() < FIRST_JDK) {
      return List.of(
          Table.none(TITLE, "no JDK 21 or later beside " + InstalledJdk.running().home()));
    }
    Map<String, CommandProcess> clients = new LinkedHashMap<>();
    Optional<EpollBurst> epoll = EpollBurst.compile();
    try {
      testbed.lab.wire().delay(Duration.ZERO);
      for (Contender contender : CONTENDERS) {
        clients.put(contender.label, warmWorker(testbed, contender, jdk));
      }
      if (epoll.isPresent()) {
        clients.put(EpollBurst.LABEL, testbed.program(epoll.get().program()));
      }
      testbed.lab.wire().delay(ROUND_TRIP.dividedBy(2));
      for (int round = 0; round < testbed.plan.bursts(); round++) {
        measureOnce(testbed, clients);
      }
    } finally {
      testbed.lab.wire().delay(Duration.ZERO);
      clients.values().forEach(CommandProcess::close);
      if (epoll.isPresent()) {
        epoll.get().close();
      }
    }
    return List.of(table(jdk, testbed.plan.bursts()));
  }

  /** Starts a worker that knows the server's cookie. */
  private static CommandProcess warmWorker(Testbed testbed, Contender contender, InstalledJdk jdk)
      throws Exception {
    CommandProcess worker = testbed.worker(contender, jdk);
    Testbed.Address near = testbed.near();
    worker.ask(Testbed.LIMIT, "burst", near.host(), near.port(), CONNECTS);
    worker.ask(Testbed.LIMIT, "burst", near.host(), near.port(), CONNECTS);
    Testbed.Address server = testbed.far();
    worker.ask(Testbed.LIMIT, "exchange", server.host(), server.port(), 2);
    return worker;
  }

  private void measureOnce(Testbed testbed, Map<String, CommandProcess> clients) throws Exception {
    Testbed.Address server = testbed.far();
    Map<String, Double> millis = new HashMap<>();
    for (String client : testbed.shuffled(List.copyOf(clients.keySet()))) {
      long before = testbed.synDataAcknowledged();
      long lost = testbed.lab.client().counter(LOST_SYNS);
      long[] nanos =
          Objects.requireNonNull(clients.get(client))
              .ask(Testbed.LIMIT, "burst", server.host(), server.port(), CONNECTS);
      inSyn.merge(client, testbed.synDataAcknowledged() - before, Long::sum);
      again.merge(client, testbed.lab.client().counter(LOST_SYNS) - lost, Long::sum);
      millis.put(client, nanos[0] / 1e6);
      testbed.lab.wire().forget();
    }
    for (String client : clients.keySet()) { // in the order of the table
      figures.add(client, Objects.requireNonNull(millis.get(client)));
    }
    figures.add("ideal: one round trip", (double) ROUND_TRIP.toMillis());
  }

  private Table table(InstalledJdk jdk, int rounds) {
    int all = rounds * CONNECTS;
    inSyn.forEach(
        (client, count) ->
            figures.remark(
                client,
                "%,d of %,d in the SYN; %,d SYNs lost"
                    .formatted(count, all, again.getOrDefault(client, 0L))));
    return new Table(
        TITLE,
        "ms",
        Table.Better.LOWER,
        figures.against(Contender.JDK_CHANNEL.label),
        "%s, %d rounds, until the last reply. The lab's wire is one thread: it takes part of"
                .formatted(jdk, rounds)
            + " the time, from all alike.");
  }
}
