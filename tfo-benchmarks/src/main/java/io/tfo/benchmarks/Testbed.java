package io.tfo.benchmarks;

import io.tfo.lab.Host;
import io.tfo.lab.Lab;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The place of the measurements: a lab, with a server at its far end and one on the client's own
 * loopback. Clients run on the first core, servers on the last, whoever it is that is measured.
 */
final class Testbed implements AutoCloseable {
  static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Path TASKSET = Path.of("/usr/bin/taskset");
  private static final int WARM_UP = 3_000;

  /** An address, as {@link Worker} is told it. */
  record Address(String host, int port) {}

  final Lab lab;
  final Plan plan;
  private final Random order = new Random(7413);
  private final Deque<ChildJvm> children = new ArrayDeque<>();
  private final Map<Contender, ChildJvm> workers = new EnumMap<>(Contender.class);
  private final Address near;
  private final Address far;

  private Testbed(Lab lab, Plan plan) throws Exception {
    this.lab = lab;
    this.plan = plan;
    for (Host host : List.of(lab.client(), lab.server())) {
      host.sysctl("net.ipv4.ip_local_port_range", "1024 65535");
      host.sysctl("net.core.somaxconn", "65535");
      host.sysctl("net.ipv4.tcp_max_syn_backlog", "65535");
    }
    near = new Address("127.0.0.1", port(server(lab.client(), 65_535)));
    far = new Address(lab.server().ipv4().getHostAddress(), port(server(lab.server(), 65_535)));
  }

  static Testbed open(Plan plan) throws Exception {
    Lab lab = Lab.open();
    Testbed bench;
    try {
      bench = new Testbed(lab, plan);
    } catch (Exception | Error e) {
      lab.close();
      throw e;
    }
    return bench;
  }

  /** On the client's own loopback: no round trip to speak of. */
  Address near() {
    return near;
  }

  /** Over the wire. */
  Address far() {
    return far;
  }

  /** A server until the end. */
  ChildJvm server(Host host, int fastOpenBacklog) throws Exception {
    Launch launch = Launch.of(Jdk.running()).on(lastCore());
    return keep(
        ChildJvm.start(host, launch, BenchmarkServer.class, String.valueOf(fastOpenBacklog)));
  }

  static int port(ChildJvm server) throws IOException, InterruptedException {
    return (int) server.ask(LIMIT, "port")[0];
  }

  /** A rival's JVM until the end, warm, with a cookie. */
  ChildJvm worker(Contender rival) throws Exception {
    ChildJvm worker = workers.get(rival);
    if (worker == null) {
      worker = worker(rival, Jdk.running());
      worker.ask(LIMIT, "load", near.host(), near.port(), WARM_UP);
      worker.ask(LIMIT, "exchange", far.host(), far.port(), 2);
      workers.put(rival, worker);
    }
    return worker;
  }

  /** A new JVM of a rival, cold, to be closed by who has asked for it. */
  ChildJvm worker(Contender rival, Jdk jdk) throws Exception {
    Launch launch = Launch.of(jdk).with(rival.jvmOptions).on(firstCore());
    return keep(ChildJvm.start(lab.client(), launch, Worker.class, rival.name()));
  }

  private ChildJvm keep(ChildJvm child) {
    children.push(child);
    return child;
  }

  /** Another order in each round, so that nobody always follows the same one. */
  <T> List<T> shuffled(List<T> all) {
    List<T> order = new ArrayList<>(all);
    Collections.shuffle(order, this.order);
    return order;
  }

  /** How many connects of the client's host had their SYN's data acknowledged so far. */
  long synDataAcknowledged() {
    return lab.client().counter("TCPFastOpenActive");
  }

  static List<String> firstCore() {
    return core(0);
  }

  static List<String> lastCore() {
    return core(Runtime.getRuntime().availableProcessors() - 1);
  }

  private static List<String> core(int number) {
    return Runtime.getRuntime().availableProcessors() > 1 && Files.isExecutable(TASKSET)
        ? List.of(TASKSET.toString(), "-c", String.valueOf(number))
        : List.of();
  }

  @Override
  public void close() {
    while (!children.isEmpty()) {
      children.pop().close();
    }
    lab.close();
  }
}
