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
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
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
  /** A busy machine may take longer to the first write than the SYN waits. */
  private static final int MOST_REQUESTS = 6;

  private final FastOpenSocketFactory sockets = DropInSnippets.factory();
  private final Map<FailoverClient, FailoverServer> servers = new EnumMap<>(FailoverClient.class);
  private SocketLab hosts;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
    assumeTrue(hosts.lab().server().hasIpv6(), "no IPv6 here");
    for (FailoverClient client : FailoverClient.values()) {
      servers.put(client, client.serve(hosts));
    }
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
          FailoverResult plain = plain(client);
          assertThat(plain.outcome()).isNotEmpty();
          assertThat(plain.tried()).containsExactlyElementsOf(servers.get(client).addresses());
          Duration fastest = assertLike(plain, fast(client));
          boolean isInSyn = false;
          for (int i = 1; i < MOST_REQUESTS && !isInSyn; i++) {
            FailoverResult next = fast(client);
            Duration time = assertLike(plain, next);
            fastest = time.compareTo(fastest) < 0 ? time : fastest;
            isInSyn = next.isInSyn();
          }
          assertThat(isInSyn).as("data in the SYN to the good address").isTrue();
          assertThat(fastest).isLessThan(plain.time().multipliedBy(6).dividedBy(5).plusMillis(250));
        });
  }

  private static Duration assertLike(FailoverResult plain, FailoverResult fast) {
    assertThat(fast.outcome()).isEqualTo(plain.outcome());
    assertThat(fast.tried()).isEqualTo(plain.tried());
    return fast.time();
  }

  /** The one thing that differs from plain sockets: see docs/sockets.md. */
  @ParameterizedTest
  @EnumSource
  void atMostOneRequestFailsWhereTheFirstAddressWasAlive(DeadAddress death) throws Exception {
    for (FailoverServer server : servers.values()) {
      connectToFirst(server.port());
    }
    death.begin(hosts.lab());

    hosts.checkAtOnce(
        FailoverClient.values(),
        client -> {
          FailoverResult plain = plain(client);
          assertThat(plain.isFailure()).isFalse();
          assertThat(fast(client).isFailure()).isEqualTo(client.losesARequest(death));
          assertLike(plain, fast(client));
          assertLike(plain, fast(client));
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

  private FailoverResult plain(FailoverClient client) {
    FailoverServer server = servers.get(client);
    return FailoverResult.of(
        client.request(new FailoverRequests(hosts, server, null)), hosts, server);
  }

  private FailoverResult fast(FailoverClient client) {
    FailoverServer server = servers.get(client);
    return FailoverResult.of(
        client.request(new FailoverRequests(hosts, server, sockets)), hosts, server);
  }
}
