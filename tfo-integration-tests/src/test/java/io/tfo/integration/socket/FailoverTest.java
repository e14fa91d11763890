package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Verdict;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.test.StoppedTimer;
import io.tfo.testkit.BackendLab;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A host with two addresses, of which the first is dead: a client that tries one after the other
 * reaches the second, as with the JDK's sockets in the same run. All clients run at the same time,
 * each with a server of its own.
 */
@Timeout(120)
class FailoverTest {
  /** The time that a busy machine may add between two connects of a request. */
  private static final Duration TOLERANCE = Duration.ofMillis(500);

  /** One for each client, by its server's port. */
  private final Map<Integer, ClockedBackend> backends = new ConcurrentHashMap<>();

  private SocketLab hosts;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
    assumeTrue(hosts.lab().server().hasIpv6(), "no IPv6 here");
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  /**
   * Its clock stands still, and the timer does while a client uses it: how long a busy machine
   * takes to the first write or to an answer says nothing about failover.
   */
  private ClockedBackend backend(int port) {
    return backends.computeIfAbsent(
        port,
        each -> {
          ClockedBackend backend =
              new ClockedBackend(BackendsUnderTest.ALL.get("linux-connect").get());
          backend.stop();
          return backend;
        });
  }

  private FastOpenSocketFactory sockets(int port) {
    return FastOpenSocketFactory.over(backend(port).connector());
  }

  /** The clock of a client goes on where a connect of its own waits in vain. */
  private void begin(DeadAddress death) {
    Executor later =
        CompletableFuture.delayedExecutor(
            death.connectTimeout().toMillis() / 2, TimeUnit.MILLISECONDS);
    hosts
        .lab()
        .wire()
        .fault(
            segment -> {
              ClockedBackend backend = backends.get(segment.destination().getPort());
              if (backend != null && segment.isSyn() && death.swallows(segment)) {
                later.execute(() -> backend.pass(death.connectTimeout()));
              }
              return Verdict.pass(segment);
            });
    death.begin(hosts.lab());
  }

  @ParameterizedTest
  @CsvSource({"REFUSED, false", "REFUSED, true", "SILENT, false", "SILENT, true"})
  void clientsReachTheSecondAddressAsWithPlainSockets(DeadAddress death, boolean hasCookie)
      throws Exception {
    if (hasCookie) {
      connectToFirst(BackendLab.newPort());
    }
    begin(death);

    checkAtOnce(
        client -> {
          FailoverServer server = client.serve(hosts);
          FailoverResult plain = request(client, server, death, null);
          FailoverResult first = request(client, server, death, sockets(server.port()));
          FailoverResult second = request(client, server, death, sockets(server.port()));
          assertThat(plain.isFailure()).isFalse();
          assertTried(client, server, server.addresses(), plain);
          assertLike(client, server, plain, first);
          assertLike(client, server, plain, second);
          assertThat(Collections.min(List.of(first.failover(), second.failover())))
              .isLessThan(plain.failover().multipliedBy(6).dividedBy(5).plus(TOLERANCE));
          assertThat(second.isInSyn()).as("data in the SYN to the good address").isTrue();
        });
  }

  private void checkAtOnce(SocketLab.Check<FailoverClient> check) throws Exception {
    StoppedTimer.during(
        () -> {
          hosts.checkAtOnce(FailoverClient.values(), check);
          return null;
        });
  }

  private static void assertLike(
      FailoverClient client, FailoverServer server, FailoverResult plain, FailoverResult fast) {
    assertThat(fast.outcome()).isEqualTo(plain.outcome());
    assertTried(client, server, plain.tried(), fast);
  }

  private static void assertTried(
      FailoverClient client,
      FailoverServer server,
      List<InetAddress> expected,
      FailoverResult result) {
    if (client == FailoverClient.OKHTTP_FAST_FALLBACK) {
      // Its second thread starts by the clock. On a busy machine it may start before the first
      // thread connects, whose connect is then no longer needed.
      assertThat(result.tried())
          .doesNotHaveDuplicates()
          .isSubsetOf(server.addresses())
          .contains(server.second());
    } else {
      assertThat(result.tried()).isEqualTo(expected);
    }
  }

  /** The one thing that differs from plain sockets: see docs/sockets.md. */
  @ParameterizedTest
  @EnumSource
  void atMostOneRequestFailsWhereTheFirstAddressWasAlive(DeadAddress death) throws Exception {
    Map<FailoverClient, FailoverServer> servers = new EnumMap<>(FailoverClient.class);
    for (FailoverClient client : FailoverClient.values()) {
      FailoverServer server = client.serve(hosts);
      connectToFirst(server.port());
      servers.put(client, server);
    }
    begin(death);

    checkAtOnce(
        client -> {
          FailoverServer server = servers.get(client);
          FastOpenSocketFactory sockets = sockets(server.port());
          FailoverResult plain = request(client, server, death, null);
          assertThat(plain.isFailure()).isFalse();
          assertThat(request(client, server, death, sockets).isFailure())
              .isEqualTo(client.losesARequest(death));
          assertLike(client, server, plain, request(client, server, death, sockets));
          assertLike(client, server, plain, request(client, server, death, sockets));
        });
  }

  /** Connects to a server at the first address, which then ends. */
  private void connectToFirst(int port) throws Exception {
    InetAddress first = hosts.lab().server().ipv6();
    BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    try (ServerSocket server =
        hosts.listen(
            () -> FastOpenServerSocketFactory.system().createServerSocket(port, 50, first))) {
      hosts.serve(server, socket -> received.add(socket.getInputStream().readAllBytes()));
      hosts.onClient(
          () -> {
            try (Socket socket = sockets(port).createSocket(first, port)) {
              socket.getOutputStream().write(1);
              return socket;
            }
          });
      assertThat(received.poll(10, TimeUnit.SECONDS)).hasSize(1);
    }
  }

  private FailoverResult request(
      FailoverClient client,
      FailoverServer server,
      DeadAddress death,
      @Nullable FastOpenSocketFactory sockets)
      throws Exception {
    backend(server.port()).pass(Duration.ofMillis(1)); // it begins later than the one before
    Callable<String> request =
        client.request(new FailoverRequests(hosts, server, death.connectTimeout(), sockets));
    return FactoryOfThread.during(sockets, () -> FailoverResult.of(request, hosts, server));
  }
}
