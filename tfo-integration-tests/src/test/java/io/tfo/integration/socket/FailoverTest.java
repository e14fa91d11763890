package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.integration.docs.DropInSnippets;
import io.tfo.lab.Faults;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A host with two addresses, of which the first is dead: a client that tries one after the other
 * reaches the second, as with the JDK's sockets in the same run.
 */
@Timeout(120)
class FailoverTest {
  private static final Duration CONNECT_TIMEOUT = Duration.ofMillis(600);
  private static final String HOST = "two.test";

  private SocketLab hosts;

  /** How the first address is dead. */
  enum Dead {
    /** No server listens at the port. */
    REFUSED,
    /** The path swallows every segment. */
    SILENT
  }

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
  @CsvSource({
    "REFUSED, false, false",
    "REFUSED, false, true",
    "REFUSED, true, false",
    "REFUSED, true, true",
    "SILENT, false, false",
    "SILENT, false, true",
    "SILENT, true, false",
    "SILENT, true, true"
  })
  void okHttpReachesTheSecondAddress(Dead dead, boolean cookie, boolean tls) throws Exception {
    HandshakeCertificates keys = tls ? TestKeys.of(hosts.lab().server().ipv4()) : null;
    try (FastOpenWebServer web = new FastOpenWebServer(hosts, keys, Protocol.HTTP_1_1)) {
      if (cookie) {
        fetchCookie();
      }
      if (dead == Dead.SILENT) {
        hosts.lab().wire().fault(Faults.drop(s -> isDead(s.destination()) || isDead(s.source())));
      }
      int port = URI.create(web.url()).getPort();
      Request request =
          new Request.Builder().url((tls ? "https://" : "http://") + HOST + ":" + port).build();

      Duration plain = hosts.onClient(get(new OkHttpClient(), keys, request));
      OkHttpClient client = DropInSnippets.okHttp(DropInSnippets.factory());
      Duration first = hosts.onClient(get(client, keys, request));
      List<byte[]> syns =
          hosts.synsOf(get(client, keys, request)).stream()
              .filter(syn -> !isDead(syn.destination()))
              .map(syn -> syn.payload())
              .toList();

      assertThat(first).isLessThan(plain.multipliedBy(6).dividedBy(5).plusMillis(250));
      assertThat(syns).singleElement().satisfies(inSyn -> assertThat(inSyn).isNotEmpty());
    }
  }

  private static boolean isDead(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address;
  }

  /** From another server at the first address, while that is alive. */
  private void fetchCookie() throws Exception {
    InetAddress first = hosts.lab().server().ipv6();
    ServerSocket other = hosts.listen(() -> DropInSnippets.server(0));
    BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
    hosts.serve(other, socket -> received.add(socket.getInputStream().readAllBytes()));
    hosts.onClient(
        () -> {
          try (Socket socket = SocketLab.factory().createSocket(first, other.getLocalPort())) {
            socket.getOutputStream().write(1);
            return socket;
          }
        });
    assertThat(received.poll(10, TimeUnit.SECONDS)).hasSize(1);
  }

  /** How long a request takes on a new connection, until the head of its answer. */
  private Callable<Duration> get(OkHttpClient any, HandshakeCertificates keys, Request request) {
    InetAddress first = hosts.lab().server().ipv6();
    InetAddress second = hosts.lab().server().ipv4();
    OkHttpClient.Builder builder =
        any.newBuilder()
            .dns(host -> List.of(first, second))
            .connectTimeout(CONNECT_TIMEOUT)
            .retryOnConnectionFailure(true)
            .fastFallback(false); // else it connects on threads that are on no host of the lab
    if (keys != null) {
      builder
          .sslSocketFactory(keys.sslSocketFactory(), keys.trustManager())
          .hostnameVerifier((host, session) -> true);
    }
    OkHttpClient client = builder.build();
    return () -> {
      long start = System.nanoTime();
      try (Response response = client.newCall(request).execute()) {
        assertThat(response.body().string()).isEqualTo(FastOpenWebServer.BODY);
        return Duration.ofNanos(System.nanoTime() - start);
      } finally {
        client.connectionPool().evictAll();
      }
    };
  }
}
