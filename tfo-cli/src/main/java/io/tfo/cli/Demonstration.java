package io.tfo.cli;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The results of one backend: plain connects and connects with TCP Fast Open, in turns.
 *
 * @param trials the connects, in pairs
 * @param client the capability of the backend's client side after them
 * @param server the capability of the backend's server side after them
 */
record Demonstration(List<Trial> trials, FastOpenCapability client, FastOpenCapability server) {
  static final byte[] REQUEST = "hello, in the first packet".getBytes(StandardCharsets.US_ASCII);

  /** The number of trials after which the JVM has loaded and compiled what a connect needs. */
  static final int WARM_UP = 50;

  private static final Duration IDLE = Duration.ofSeconds(30);

  /** The limit of each wait of the warm-up: loopback answers sooner, or drops SYNs. */
  private static final Duration WARM_UP_WAIT = Duration.ofSeconds(1);

  /** The time after which no further connect of the warm-up begins, if loopback has a delay. */
  private static final Duration WARM_UP_TIME = Duration.ofSeconds(2);

  private static final int BACKLOG = 100;

  /**
   * One plain connect and one with TCP Fast Open.
   *
   * @param plain the plain connect
   * @param fast the connect with TCP Fast Open
   * @param serverOutcome the outcome of {@code fast} that the server's kernel reports
   * @param handshake the segments of {@code fast}
   */
  record Trial(
      Exchange plain, Exchange fast, FastOpenOutcome serverOutcome, FirstSegments handshake) {
    /** The time that TCP Fast Open saved; empty if the SYN data was not acknowledged. */
    Optional<Duration> saved() {
      return fast.outcome() == FastOpenOutcome.SYN_DATA_ACKED
          ? Optional.of(plain.timeToFirstByte().minus(fast.timeToFirstByte()))
          : Optional.empty();
    }
  }

  /** The median of the saved times; zero if there is none. */
  Duration medianSaved() {
    List<Duration> sorted = trials.stream().flatMap(t -> t.saved().stream()).sorted().toList();
    return sorted.isEmpty() ? Duration.ZERO : sorted.get(sorted.size() / 2);
  }

  /** The plain connect whose time to the first byte is the median. */
  Exchange medianPlain() {
    return median(trials.stream().map(Trial::plain).toList());
  }

  /** The same for the connects whose SYN data was acknowledged, or for all if there is none. */
  Exchange medianFast() {
    List<Exchange> all = trials.stream().map(Trial::fast).toList();
    List<Exchange> acknowledged =
        all.stream().filter(each -> each.outcome() == FastOpenOutcome.SYN_DATA_ACKED).toList();
    return median(acknowledged.isEmpty() ? all : acknowledged);
  }

  private static Exchange median(List<Exchange> exchanges) {
    return exchanges.stream()
        .sorted(Comparator.comparing(Exchange::timeToFirstByte))
        .toList()
        .get(exchanges.size() / 2);
  }

  /** Whether SYN data was acknowledged: by the captured segments, or else as the kernel reports. */
  boolean isProved() {
    Trial last = trials.get(trials.size() - 1);
    return last.handshake().isCaptured()
        ? trials.stream().anyMatch(trial -> trial.handshake().carriedData())
        : last.fast().outcome() == FastOpenOutcome.SYN_DATA_ACKED;
  }

  static Demonstration run(
      DemoEnvironment environment,
      FastOpenConnector connector,
      FastOpenListener listener,
      int count)
      throws Exception {
    return run(environment, connector, listener, count, Duration.ZERO, Duration.ZERO);
  }

  /**
   * Makes the connects of {@link #run(DemoEnvironment, FastOpenConnector, FastOpenListener, int)}.
   *
   * @param wait how long a connect, and then a reply, may take; zero for no limit
   * @param time the time after which no further trial begins; zero for no limit
   */
  private static Demonstration run(
      DemoEnvironment environment,
      FastOpenConnector connector,
      FastOpenListener listener,
      int count,
      Duration wait,
      Duration time)
      throws Exception {
    long start = System.nanoTime();
    Duration idle = wait.isZero() ? IDLE : wait;
    InetSocketAddress local = new InetSocketAddress(environment.server(), 0);
    BlockingQueue<EchoServer.Served> served = new LinkedBlockingQueue<>();
    try (ServerSocketChannel listening =
        environment.onServer(() -> listener.open(local, BACKLOG, BACKLOG))) {
      EchoServer server =
          new EchoServer(listening, listener, environment.serverThreads(), idle, served::add);
      environment.serverThreads().newThread(() -> serve(server)).start();
      InetSocketAddress remote = (InetSocketAddress) listening.getLocalAddress();
      List<Trial> trials = new ArrayList<>();
      for (int i = 0; i < count && (time.isZero() || isWithin(time, start)); i++) {
        Exchange plain = environment.onClient(() -> Exchange.plain(remote, REQUEST, wait));
        next(served, idle);
        environment.discardSegments();
        Exchange fast = environment.onClient(() -> Exchange.fast(connector, remote, REQUEST, wait));
        FastOpenOutcome serverOutcome = next(served, idle).outcome();
        trials.add(new Trial(plain, fast, serverOutcome, FirstSegments.of(environment.segments())));
      }
      return new Demonstration(
          trials,
          environment.onClient(connector::capability),
          environment.onServer(listener::capability));
    }
  }

  private static boolean isWithin(Duration time, long start) {
    return System.nanoTime() - start < time.toNanos();
  }

  /**
   * Makes connects over loopback, so that the first measured connect is not slower than others.
   * Ends with the first one that fails.
   */
  static void warmUp(FastOpenConnector connector, FastOpenListener listener) {
    try (DemoEnvironment environment = LoopbackEnvironment.open()) {
      run(environment, connector, listener, WARM_UP, WARM_UP_WAIT, WARM_UP_TIME);
    } catch (Exception e) {
      // The first times are longer then; a connect that fails is reported when it is measured.
    }
  }

  private static void serve(EchoServer server) {
    try {
      server.serve(Long.MAX_VALUE);
    } catch (IOException | InterruptedException e) {
      // next() reports that no connection has come.
    }
  }

  private static EchoServer.Served next(BlockingQueue<EchoServer.Served> served, Duration wait)
      throws IOException, InterruptedException {
    EchoServer.Served next = served.poll(wait.toNanos(), TimeUnit.NANOSECONDS);
    if (next == null) {
      throw new IOException("the server accepted no connection within " + wait.toSeconds() + " s");
    }
    if (next.failure().isPresent()) {
      throw next.failure().get();
    }
    return next;
  }
}
