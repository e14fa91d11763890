package io.tfo.integration.stress;

import io.tfo.FastOpenConnector;
import io.tfo.test.ChildJvm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/**
 * Connects that are interrupted, closed or run out of time at random moments, to servers that
 * answer, refuse or stay silent. Each must end in a way in which the JDK's own connect may end. The
 * JDK's connect is run in the same way.
 */
final class Chaos {
  private static final int LONGEST_MICROS = 600;

  /** The kind of server. */
  private enum Peer {
    ANSWERING,
    REFUSING,
    SILENT
  }

  /** The event during the connect. */
  private enum Event {
    NOTHING,
    INTERRUPT,
    CLOSE,
    TIMEOUT
  }

  private interface Connect {
    boolean to(SocketChannel channel, InetSocketAddress remote, ByteBuffer data, Duration timeout)
        throws IOException;
  }

  private final Random random;
  private final VerifyingServer answering;
  private final ServerSocketChannel silent;
  private final SocketChannel refusing;
  private final Map<Event, Map<String, Integer>> outcomes = new EnumMap<>(Event.class);
  private final ExecutorService disturber =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "disturber");
            thread.setDaemon(true);
            return thread;
          });
  private int failures;

  private Chaos(VerifyingServer answering, long seed) throws IOException {
    this.random = new Random(seed);
    this.answering = answering;
    refusing = SocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0));
    silent = ServerSocketChannel.open().bind(new InetSocketAddress("127.0.0.1", 0), 1);
    while (oneMoreIsQueued()) {
      // Until the queue is full: then SYNs are dropped.
    }
  }

  private boolean oneMoreIsQueued() throws IOException {
    try {
      SocketChannel.open().socket().connect(silent.getLocalAddress(), 300);
      return true;
    } catch (SocketTimeoutException full) {
      return false;
    }
  }

  /** Arguments: the backend or "jdk", the number of connects, the seed. */
  public static void main(String[] args) throws Exception {
    NamespaceKernel.prepare();
    System.out.println(ChildJvm.INSIDE);
    int rounds = Integer.parseInt(args[1]);
    long seed = Long.parseLong(args[2]);
    System.out.println(args[0] + ", seed " + seed);
    boolean jdk = args[0].equals("jdk");
    var backend = Load.backend(jdk ? "linux-legacy" : args[0]);
    FastOpenConnector ours = backend.connector();
    Connect connect = jdk ? Chaos::plainly : (c, r, d, t) -> ours.connect(c, r, d, t);
    try (var answering = new VerifyingServer(backend.listener(), 1, 4096, rounds)) {
      answering.accept();
      Chaos chaos = new Chaos(answering, seed);
      chaos.run(connect, 0, rounds / 4);
      HeldResources before = HeldResources.take();
      chaos.run(connect, rounds / 4, rounds);
      chaos.awaitQuiet();
      HeldResources after = HeldResources.take();
      chaos.report(before, after, jdk);
      System.exit(chaos.failures == 0 ? 0 : 1);
    }
  }

  /** Connects as a user of the JDK does: {@code Socket} has timeouts, and closes itself on them. */
  private static boolean plainly(
      SocketChannel channel, InetSocketAddress remote, ByteBuffer data, Duration timeout)
      throws IOException {
    if (timeout.isZero()) {
      channel.connect(remote);
    } else {
      try {
        channel.socket().connect(remote, (int) timeout.toMillis());
      } catch (SocketException e) {
        // The socket adaptor has no exception of its own for a closed channel.
        throw e.getMessage().contains("losed") ? new ClosedChannelException() : e;
      }
    }
    while (data.hasRemaining()) {
      channel.write(data);
    }
    return true;
  }

  private void run(Connect connect, int from, int to) throws Exception {
    for (int id = from; id < to; id++) {
      Peer peer = Peer.values()[random.nextInt(Peer.values().length)];
      Event event = Event.values()[random.nextInt(Event.values().length)];
      if (peer == Peer.SILENT && event == Event.NOTHING) {
        event = Event.CLOSE;
      }
      one(connect, id, peer, event);
    }
  }

  private void one(Connect connect, int id, Peer peer, Event event) throws IOException {
    InetSocketAddress remote =
        switch (peer) {
          case ANSWERING -> answering.address(id);
          case REFUSING -> (InetSocketAddress) refusing.getLocalAddress();
          case SILENT -> (InetSocketAddress) silent.getLocalAddress();
        };
    Duration timeout =
        event == Event.TIMEOUT ? Duration.ofMillis(1 + random.nextInt(3)) : Duration.ZERO;
    long nanos = TimeUnit.MICROSECONDS.toNanos(random.nextInt(LONGEST_MICROS));
    Thread connecting = Thread.currentThread();
    SocketChannel channel = SocketChannel.open();
    CompletableFuture<Void> ended = new CompletableFuture<>();
    CompletableFuture<Void> disturbance =
        switch (event) {
          case INTERRUPT ->
              CompletableFuture.runAsync(() -> interrupt(connecting, nanos, ended), disturber);
          case CLOSE -> CompletableFuture.runAsync(() -> close(channel, nanos), disturber);
          case NOTHING, TIMEOUT -> CompletableFuture.completedFuture(null);
        };
    ByteBuffer data = Payload.of(id, random.nextBoolean());
    String outcome;
    try {
      boolean connected = connect.to(channel, remote, data, timeout);
      outcome = connected && !data.hasRemaining() ? "connected" : "FAILED returned " + connected;
      if (event == Event.NOTHING || event == Event.TIMEOUT) {
        StressClient.readReply(channel, id);
        outcome = channel.isConnected() && answering.hasSeen(id) ? outcome : "FAILED " + channel;
      }
    } catch (IOException e) {
      boolean closed = !channel.isOpen();
      outcome = e.getClass().getSimpleName();
      boolean untouched = peer == Peer.ANSWERING || data.position() == 0;
      if (!allowed(e, peer, event) || !closed || !untouched) {
        failures++;
        outcome += " FAILED of " + peer + (closed ? "" : ", still open") + ", connection " + id;
        e.printStackTrace(System.out);
      }
    }
    ended.complete(null);
    disturbance.join();
    Thread.interrupted();
    channel.close();
    if (outcome.startsWith("FAILED")) {
      failures++;
    }
    outcomes.computeIfAbsent(event, each -> new TreeMap<>()).merge(outcome, 1, Integer::sum);
  }

  /** Before JDK 23 an interrupt is lost if it comes as a channel begins to wait (JDK-8323782). */
  private static void interrupt(Thread thread, long nanos, CompletableFuture<Void> ended) {
    spin(nanos);
    do {
      thread.interrupt();
    } while (Runtime.version().feature() < 23 && !hasEnded(ended));
  }

  private static boolean hasEnded(CompletableFuture<Void> connect) {
    try {
      connect.get(1, TimeUnit.SECONDS);
      return true;
    } catch (TimeoutException e) {
      return false;
    } catch (InterruptedException | ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void close(SocketChannel channel, long nanos) {
    spin(nanos);
    try {
      channel.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** To park takes longer than most connects. */
  private static void spin(long nanos) {
    long at = System.nanoTime() + nanos;
    while (System.nanoTime() < at) {
      Thread.onSpinWait();
    }
  }

  private static boolean allowed(IOException e, Peer peer, Event event) {
    if (peer == Peer.REFUSING && e.getClass() == ConnectException.class) {
      return true;
    }
    return switch (event) {
      case NOTHING -> false;
      case INTERRUPT ->
          e.getClass() == ClosedByInterruptException.class
              && Thread.currentThread().isInterrupted();
      case CLOSE ->
          e.getClass() == AsynchronousCloseException.class
              || e.getClass() == ClosedChannelException.class;
      case TIMEOUT -> e.getClass() == SocketTimeoutException.class;
    };
  }

  private void awaitQuiet() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (answering.active() > 0 && System.nanoTime() < deadline) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void report(HeldResources before, HeldResources after, boolean jdk) throws IOException {
    outcomes.forEach((event, each) -> System.out.println("  " + event + ": " + each));
    System.out.printf(
        "  arrived whole: %d; SYN data sent %d%n  before: %s%n  after:  %s%n",
        answering.complete(), NamespaceKernel.counter("TCPFastOpenActive"), before, after);
    List<String> wrong = new ArrayList<>(answering.failures());
    String growth = after.growthSince(before, 64 * 1024);
    if (!growth.isEmpty()) {
      wrong.add("more than before: " + growth);
    }
    if (!jdk && NamespaceKernel.counter("TCPFastOpenActive") < answering.complete() / 2) {
      wrong.add("most connections were to have data in their SYN");
    }
    wrong.forEach(each -> System.out.println("FAILED " + each));
    failures += wrong.size();
  }
}
