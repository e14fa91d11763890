package io.tfo.testkit.cli;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One backend's plain connects and its connects with TCP Fast Open, by turns.
 *
 * @param backend the backend's name
 * @param trials a plain connect and one with TCP Fast Open each
 * @param client the backend's client side at the time
 * @param server the backend's server side at the time
 */
record Demonstration(
    String backend, List<Trial> trials, FastOpenCapability client, FastOpenCapability server) {
  static final byte[] REQUEST = "hello, in the first packet".getBytes(StandardCharsets.US_ASCII);

  private static final Duration IDLE = Duration.ofSeconds(30);
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
    Duration saved() {
      return plain.firstByte().minus(fast.firstByte());
    }
  }

  /** Whether data travelled in a SYN and was taken, by the best witness that there is. */
  boolean proved() {
    Trial last = trials.get(trials.size() - 1);
    return last.seen().isKnown()
        ? trials.stream().anyMatch(trial -> trial.seen().carriedData())
        : last.fast().outcome() == FastOpenOutcome.SYN_DATA_ACKED;
  }

  static Demonstration run(Stage stage, FastOpenBackend backend, int count) throws Exception {
    InetSocketAddress local = new InetSocketAddress(stage.server(), 0);
    BlockingQueue<EchoServer.Served> served = new LinkedBlockingQueue<>();
    try (ServerSocketChannel listening =
        stage.onServer(() -> backend.listener().open(local, BACKLOG, BACKLOG))) {
      EchoServer server =
          new EchoServer(listening, backend.listener(), stage.serverThreads(), IDLE, served::add);
      stage.serverThreads().newThread(() -> serve(server)).start();
      InetSocketAddress remote = (InetSocketAddress) listening.getLocalAddress();
      List<Trial> trials = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Exchange plain = stage.onClient(() -> Exchange.plain(remote, REQUEST, Duration.ZERO));
        next(served);
        stage.forget();
        Exchange fast =
            stage.onClient(
                () -> Exchange.fast(backend.connector(), remote, REQUEST, Duration.ZERO));
        FastOpenOutcome accepted = next(served).outcome();
        trials.add(new Trial(plain, fast, accepted, Handshake.of(stage.segments())));
      }
      return new Demonstration(
          backend.name(),
          trials,
          stage.onClient(backend.connector()::capability),
          stage.onServer(backend.listener()::capability));
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
