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
 * The machine that all measurements share: a lab, a server on its far host, and a server on the
 * loopback interface of its client host. All clients run on the first core, all servers on the
 * last.
 */
final class Testbed implements AutoCloseable {
  static final Duration LIMIT = Duration.ofMinutes(2);
  private static final Path TASKSET = Path.of("/usr/bin/taskset");
  private static final int WARM_UP = 3_000;

  /** An address in the form that a {@link Worker} command has. */
  record Address(String host, int port) {}

  final Lab lab;
  final Plan plan;
  private final Random order = new Random(7413);
  private final Deque<CommandProcess> children = new ArrayDeque<>();
  private final Map<Contender, CommandProcess> workers = new EnumMap<>(Contender.class);
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
    Testbed testbed;
    try {
      testbed = new Testbed(lab, plan);
    } catch (Exception | Error e) {
      lab.close();
      throw e;
    }
    return testbed;
  }

  /** The server on the client's loopback interface: the round trip takes microseconds. */
  Address near() {
    return near;
  }

  /** The server on the far host, over the lab's wire. */
  Address far() {
    return far;
  }

  /** Starts a server that runs until this testbed is closed. */
  CommandProcess server(Host host, int fastOpenBacklog) throws Exception {
    JvmCommandLine launch = JvmCommandLine.of(InstalledJdk.running()).on(lastCore());
    return keep(
        CommandProcess.start(host, launch, BenchmarkServer.class, String.valueOf(fastOpenBacklog)));
  }

  static int port(CommandProcess server) throws IOException, InterruptedException {
    return (int) server.ask(LIMIT, "port")[0];
  }

  /** The JVM of a contender: warm, with a cookie, and running until this testbed is closed. */
  CommandProcess worker(Contender contender) throws Exception {
    CommandProcess worker = workers.get(contender);
    if (worker == null) {
      worker = worker(contender, InstalledJdk.running());
      worker.ask(LIMIT, "load", near.host(), near.port(), WARM_UP);
      worker.ask(LIMIT, "exchange", far.host(), far.port(), 2);
      workers.put(contender, worker);
    }
    return worker;
  }

  /** Starts a new, cold JVM of a contender. The caller closes it. */
  CommandProcess worker(Contender contender, InstalledJdk jdk) throws Exception {
    JvmCommandLine launch = JvmCommandLine.of(jdk).with(contender.jvmOptions).on(firstCore());
    return keep(CommandProcess.start(lab.client(), launch, Worker.class, contender.name()));
  }

  /** Starts a program on the client host, as a worker. The caller closes it. */
  CommandProcess program(Path file) throws Exception {
    List<String> command = new ArrayList<>(firstCore());
    command.add(file.toString());
    return keep(CommandProcess.start(lab.client(), command));
  }

  private CommandProcess keep(CommandProcess child) {
    children.push(child);
    return child;
  }

  /** Returns a new order for each round, so that no contender always follows the same other one. */
  <T> List<T> shuffled(List<T> all) {
    List<T> order = new ArrayList<>(all);
    Collections.shuffle(order, this.order);
    return order;
  }

  /** How many connects of the client host had their SYN data acknowledged so far. */
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
