package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.integration.docs.DropInSnippets;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
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
  /**
   * How many servers a client tries. A busy machine may take longer to the first write than the SYN
   * waits, and where a reader waited in vain, the next one does not wait.
   */
  private static final int MOST_SERVERS = 4;

  /** What a busy machine may add to the time of a request. */
  private static final Duration TOLERANCE = Duration.ofMillis(500);

  private final FastOpenSocketFactory sockets = DropInSnippets.factory();
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

  @ParameterizedTest
  @CsvSource({"REFUSED, false", "REFUSED, true", "SILENT, false", "SILENT, true"})
  void clientsReachTheSecondAddressAsWithPlainSockets(DeadAddress death, boolean hasCookie)
      throws Exception {
    if (hasCookie) {
      connectToFirst(BackendLab.newPort());
    }
    death.begin(hosts.lab());

    hosts.checkAtOnce(
        FailoverClient.values(),
        client -> {
          boolean isInSyn = false;
          for (int i = 0; i < MOST_SERVERS && !isInSyn; i++) {
            FailoverServer server = client.serve(hosts);
            FailoverResult plain = request(client, server, death, null);
            FailoverResult first = request(client, server, death, sockets);
            FailoverResult second = request(client, server, death, sockets);
            assertThat(plain.isFailure()).isFalse();
            assertTried(client, server, server.addresses(), plain);
            assertLike(client, server, plain, first);
            assertLike(client, server, plain, second);
            assertThat(Collections.min(List.of(first.time(), second.time())))
                .isLessThan(plain.time().multipliedBy(6).dividedBy(5).plus(TOLERANCE));
            isInSyn = second.isInSyn();
          }
          assertThat(isInSyn).as("data in the SYN to the good address").isTrue();
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
      // Its second thread starts by the clock: on a busy machine before the first one connects,
      // which is then not wanted any more.
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
    death.begin(hosts.lab());

    hosts.checkAtOnce(
        FailoverClient.values(),
        client -> {
          FailoverServer server = servers.get(client);
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
            try (Socket socket = sockets.createSocket(first, port)) {
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
      @Nullable FastOpenSocketFactory sockets) {
    return FailoverResult.of(
        client.request(new FailoverRequests(hosts, server, death.connectTimeout(), sockets)),
        hosts,
        server);
  }
}
