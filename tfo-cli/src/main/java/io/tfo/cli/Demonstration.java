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
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One backend's plain connects and its connects with TCP Fast Open, by turns.
 *
 * @param trials a plain connect and one with TCP Fast Open each
 * @param client the backend's client side at the time
 * @param server the backend's server side at the time
 */
record Demonstration(List<Trial> trials, FastOpenCapability client, FastOpenCapability server) {
  static final byte[] REQUEST = "hello, in the first packet".getBytes(StandardCharsets.US_ASCII);

  private static final Duration IDLE = Duration.ofSeconds(30);
  static final int WARM_UP = 50;

  private static final int BACKLOG = 100;

  /**
   * One plain connect and one with TCP Fast Open.
   *
   * @param plain the plain one
   * @param fast the other
   * @param accepted what the server's kernel says of the other
   * @param seen the segments of the other
   */
  record Trial(Exchange plain, Exchange fast, FastOpenOutcome accepted, Handshake seen) {
    /** The time that the data in the SYN has saved, if they were taken. */
    Optional<Duration> saved() {
      return fast.outcome() == FastOpenOutcome.SYN_DATA_ACKED
          ? Optional.of(plain.firstByte().minus(fast.firstByte()))
          : Optional.empty();
    }
  }

  /** The usual of the times saved: the median. */
  Duration usuallySaved() {
    List<Duration> sorted = trials.stream().flatMap(t -> t.saved().stream()).sorted().toList();
    return sorted.isEmpty() ? Duration.ZERO : sorted.get(sorted.size() / 2);
  }

  /** Whether data travelled in a SYN and was taken, by the best witness that there is. */
  boolean proved() {
    Trial last = trials.get(trials.size() - 1);
    return last.seen().isKnown()
        ? trials.stream().anyMatch(trial -> trial.seen().carriedData())
        : last.fast().outcome() == FastOpenOutcome.SYN_DATA_ACKED;
  }

  static Demonstration run(
      DemoEnvironment stage, FastOpenConnector connector, FastOpenListener listener, int count)
      throws Exception {
    InetSocketAddress local = new InetSocketAddress(stage.server(), 0);
    BlockingQueue<EchoServer.Served> served = new LinkedBlockingQueue<>();
    try (ServerSocketChannel listening =
        stage.onServer(() -> listener.open(local, BACKLOG, BACKLOG))) {
      EchoServer server =
          new EchoServer(listening, listener, stage.serverThreads(), IDLE, served::add);
      stage.serverThreads().newThread(() -> serve(server)).start();
      InetSocketAddress remote = (InetSocketAddress) listening.getLocalAddress();
      List<Trial> trials = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Exchange plain = stage.onClient(() -> Exchange.plain(remote, REQUEST, Duration.ZERO));
        next(served);
        stage.forget();
        Exchange fast =
            stage.onClient(() -> Exchange.fast(connector, remote, REQUEST, Duration.ZERO));
        FastOpenOutcome accepted = next(served).outcome();
        trials.add(new Trial(plain, fast, accepted, Handshake.of(stage.segments())));
      }
      return new Demonstration(
          trials, stage.onClient(connector::capability), stage.onServer(listener::capability));
    }
  }

  /** Has the JVM load and compile what a connect takes, so that the first figures are fair. */
  static void warmUp(FastOpenConnector connector, FastOpenListener listener) {
    try (DemoEnvironment stage = LoopbackEnvironment.open()) {
      run(stage, connector, listener, WARM_UP);
    } catch (Exception e) {
      // Then the first figures are greater than need be.
    }
  }

  private static void serve(EchoServer server) {
    try {
      server.serve(Long.MAX_VALUE);
    } catch (IOException | InterruptedException e) {
      // Whoever waits for the next connection tells that there is none.
    }
  }

  private static EchoServer.Served next(BlockingQueue<EchoServer.Served> served)
      throws IOException, InterruptedException {
    EchoServer.Served next = served.poll(IDLE.toSeconds(), TimeUnit.SECONDS);
    if (next == null) {
      throw new IOException("the server has seen no connection within " + IDLE.toSeconds() + " s");
    }
    if (next.failure().isPresent()) {
      throw next.failure().get();
    }
    return next;
  }
}
