package io.tfo.integration.stress;

import io.tfo.spi.FastOpenBackend;
import io.tfo.test.ChildJvm;
import io.tfo.testkit.Conformance;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Makes many connections by many threads. The server verifies each payload; afterwards the process
 * must hold no more descriptors, threads and memory than before. It runs in a network namespace of
 * its own, and ends with 0 if all is well.
 */
final class Load {
  private static final long DRAIN_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final int MOST_FAILURES = 10;

  private final FastOpenBackend backend;
  private final VerifyingServer server;
  private final AtomicLong next = new AtomicLong();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  private Load(FastOpenBackend backend, int connections) throws Exception {
    this.backend = backend;
    this.server = new VerifyingServer(backend.listener(), 1, 4096, connections);
    server.accept();
  }

  static FastOpenBackend backend(String name) {
    return Conformance.backends().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /**
   * Arguments: the backend, the number of connections, the number of threads, by how many KB the
   * resident memory may grow, then the kinds of noise.
   */
  public static void main(String[] args) throws Exception {
    NamespaceKernel.prepare();
    System.out.println(ChildJvm.INSIDE);
    FastOpenBackend backend = backend(args[0]);
    int connections = Integer.parseInt(args[1]);
    int threads = Integer.parseInt(args[2]);
    long mostResidentKb = Long.parseLong(args[3]);
    List<String> kinds = List.of(args);
    Load load = new Load(backend, connections);
    try (Disturbances noise = new Disturbances()) {
      if (kinds.contains("collections")) {
        noise.collections();
      }
      if (kinds.contains("computation")) {
        noise.computation();
      }
      if (kinds.contains("signals")) {
        noise.signals();
      }
      load.run(connections / 4, threads);
      HeldResources before = HeldResources.take();
      long start = System.nanoTime();
      load.run(connections, threads);
      double seconds = (System.nanoTime() - start) / 1e9;
      HeldResources after = HeldResources.take();
      load.report(connections, seconds, before, after, mostResidentKb);
    }
    System.exit(load.failures.isEmpty() ? 0 : 1);
  }

  private void run(int until, int count) throws InterruptedException {
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Thread thread = new Thread(() -> connect(until), "client");
      thread.start();
      threads.add(thread);
    }
    for (Thread each : threads) {
      each.join();
    }
    long deadline = System.nanoTime() + DRAIN_NANOS;
    while (server.active() > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void connect(int until) {
    Signals.sendToThisThread();
    try (StressClient client = new StressClient(backend.connector(), server)) {
      while (failures.size() < MOST_FAILURES) {
        long id = next.getAndIncrement();
        if (id >= until) {
          next.decrementAndGet();
          return;
        }
        client.exchange(id);
      }
    } catch (Exception e) {
      failures.add("a connection failed: " + e + " " + List.of(e.getStackTrace()));
    } finally {
      Signals.noMoreToThisThread();
    }
  }

  private void report(
      int connections,
      double seconds,
      HeldResources before,
      HeldResources after,
      long mostResidentKb)
      throws Exception {
    long active = NamespaceKernel.counter("TCPFastOpenActive");
    long passive = NamespaceKernel.counter("TCPFastOpenPassive");
    System.out.printf(
        "%s: %d connections, %.0f a second; signals %d%n"
            + "  SYN data sent %d, accepted %d; listener overflows %d, SYNs sent again %d%n"
            + "  before: %s%n  after:  %s%n",
        backend.name(),
        server.complete(),
        (connections - connections / 4) / seconds,
        Signals.sent(),
        active,
        passive,
        NamespaceKernel.counter("TCPFastOpenListenOverflow"),
        NamespaceKernel.counter("TCPSynRetrans"),
        before,
        after);
    failures.addAll(server.failures());
    if (server.complete() != connections) {
      failures.add(server.complete() + " of " + connections + " arrived");
    }
    if (Math.min(active, passive) < 0.9 * connections) {
      failures.add("most connections were to have data in their SYN");
    }
    String growth = after.growthSince(before, mostResidentKb);
    if (!growth.isEmpty()) {
      failures.add("more than before: " + growth);
    }
    failures.stream().limit(MOST_FAILURES).forEach(each -> System.out.println("FAILED " + each));
  }
}
