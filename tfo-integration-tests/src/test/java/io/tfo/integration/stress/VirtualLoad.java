package io.tfo.integration.stress;

import io.tfo.spi.FastOpenBackend;
import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

/**
 * Connects on many virtual threads at once. First all are connected to servers that do not answer
 * yet; then many wait for a handshake, since the servers' queues are full. No carrier thread may be
 * pinned meanwhile.
 */
final class VirtualLoad {
  private static final int ROUNDS = 4;
  private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final FastOpenBackend backend;
  private int waiting;
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  private VirtualLoad(FastOpenBackend backend) {
    this.backend = backend;
  }

  /** Arguments: the backend, the number of threads, by how many KB resident memory may grow. */
  public static void main(String[] args) throws Exception {
    NamespaceKernel.prepare();
    System.out.println(ChildJvm.INSIDE);
    VirtualLoad load = new VirtualLoad(Load.backend(args[0]));
    int threads = Integer.parseInt(args[1]);
    // The JDK's own classes pin while they are initialised: before the figures, and not counted.
    load.recorded(() -> load.allAtOnce(threads));
    load.waitingForTheHandshake(threads / 5);
    HeldResources before = HeldResources.take();
    long start = System.nanoTime();
    int pinned =
        load.pinned(
            () -> {
              for (int round = 0; round < ROUNDS; round++) {
                load.allAtOnce(threads);
              }
            });
    System.out.printf(
        "%s: %d times %d virtual threads at once, %.1f s; pinned carriers %d%n",
        args[0], ROUNDS, threads, (System.nanoTime() - start) / 1e9, pinned);
    int few = threads / 5;
    pinned = load.pinned(() -> load.waitingForTheHandshake(few));
    System.out.printf(
        "  %d of %d waited in the connect; pinned carriers %d%n", load.waiting, few, pinned);
    HeldResources after = HeldResources.take();
    load.report(threads * (ROUNDS + 1), before, after, Long.parseLong(args[2]));
    System.exit(load.failures.isEmpty() ? 0 : 1);
  }

  private void allAtOnce(int count) throws Exception {
    try (VerifyingServer server = new VerifyingServer(backend.listener(), 1, 16_384, count);
        Clients clients = new Clients(server, count)) {
      clients.await("connected", () -> clients.connected.get() == count);
      server.accept();
      clients.await("answered", () -> clients.answered.get() == count);
      failures.addAll(server.failures());
    }
  }

  /** The servers' queues have room for half of them. */
  private void waitingForTheHandshake(int count) throws Exception {
    try (VerifyingServer server = new VerifyingServer(backend.listener(), 101, count / 16, count);
        Clients clients = new Clients(server, count)) {
      clients.await(
          "connected or waiting", () -> clients.connected.get() + clients.pending() == count);
      waiting = clients.pending();
      if (waiting < count / 3) {
        failures.add("only " + waiting + " waited in the connect");
      }
      server.accept();
      clients.await("answered", () -> clients.answered.get() == count);
      failures.addAll(server.failures());
    }
  }

  private interface Work {
    void run() throws Exception;
  }

  private int pinned(Work work) throws Exception {
    List<RecordedEvent> events = recorded(work);
    events.forEach(each -> failures.add("a carrier was pinned: " + each));
    return events.size();
  }

  /**
   * Does some work, and returns the events of pinned carriers. They do not include JFR's own: it
   * pins a carrier while it stores the string of an event, the JDK's events as well as ours.
   */
  private List<RecordedEvent> recorded(Work work) throws Exception {
    Path file = Files.createTempFile("virtual", ".jfr");
    try (Recording recording = new Recording()) {
      recording.enable("jdk.VirtualThreadPinned").withThreshold(Duration.ZERO);
      recording.start();
      work.run();
      recording.stop();
      recording.dump(file);
      return RecordingFile.readAllEvents(file).stream()
          .filter(each -> each.getEventType().getName().startsWith("jdk."))
          .filter(each -> !pinnedByFlightRecorder(each))
          .toList();
    } finally {
      Files.delete(file);
    }
  }

  /** {@code StringPool.storeString} calls {@code Continuation.pin} before it takes its monitor. */
  private static boolean pinnedByFlightRecorder(RecordedEvent pinned) {
    return pinned.getStackTrace() != null
        && "jdk.jfr.internal.StringPool"
            .equals(pinned.getStackTrace().getFrames().get(0).getMethod().getType().getName());
  }

  private void report(
      int connections, HeldResources before, HeldResources after, long mostResidentKb)
      throws IOException {
    long active = NamespaceKernel.counter("TCPFastOpenActive");
    System.out.printf("  SYN data sent %d%n  before: %s%n  after:  %s%n", active, before, after);
    if (active < 0.9 * connections) {
      failures.add("most connections were to have data in their SYN");
    }
    String growth = after.growthSince(before, mostResidentKb);
    if (!growth.isEmpty()) {
      failures.add("more than before: " + growth);
    }
    failures.stream().limit(10).forEach(each -> System.out.println("FAILED " + each));
  }

  /** The threads of one round. */
  private final class Clients implements AutoCloseable {
    private final VerifyingServer server;
    private final ExecutorService threads;
    private final Set<SocketChannel> channels = ConcurrentHashMap.newKeySet();
    private final AtomicInteger connected = new AtomicInteger();
    private final AtomicInteger answered = new AtomicInteger();

    Clients(VerifyingServer server, int count) throws ReflectiveOperationException {
      this.server = server;
      // since JDK 21
      threads =
          (ExecutorService)
              Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
      for (int i = 0; i < count; i++) {
        long id = i;
        threads.submit(() -> exchange(id));
      }
    }

    private void exchange(long id) {
      try (SocketChannel channel = SocketChannel.open()) {
        channels.add(channel);
        ByteBuffer data = Payload.of(id, false);
        if (id % 2 == 0) {
          backend.connector().connect(channel, server.address(id), data);
        } else {
          backend.connector().connect(channel, server.address(id), data, Duration.ofMinutes(1));
        }
        connected.incrementAndGet();
        StressClient.readReply(channel, id);
        answered.incrementAndGet();
      } catch (Exception e) {
        failures.add("a connection failed: " + e + " " + List.of(e.getStackTrace()));
      }
    }

    int pending() {
      return (int) channels.stream().filter(SocketChannel::isConnectionPending).count();
    }

    void await(String what, BooleanSupplier reached) {
      long deadline = System.nanoTime() + MOST_NANOS;
      while (!reached.getAsBoolean() && failures.isEmpty()) {
        if (System.nanoTime() > deadline) {
          failures.add(
              "not all %s: %d pending, %d connected, %d answered"
                  .formatted(what, pending(), connected.get(), answered.get()));
        }
        LockSupport.parkNanos(1_000_000);
      }
    }

    @Override
    public void close() throws IOException {
      threads.shutdownNow();
      try {
        if (!threads.awaitTermination(30, TimeUnit.SECONDS)) {
          failures.add("virtual threads do not end");
        }
      } catch (InterruptedException e) {
        throw new InterruptedIOException();
      }
    }
  }
}
