package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.docs.DropInSnippets;
import io.tfo.integration.faults.NetworkCondition;
import io.tfo.socket.FastOpenSocketFactory;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import okhttp3.Protocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The socket factory in widely used libraries, each by the snippet of docs/sockets.md. */
@Timeout(120)
class SocketFactoryInLibrariesTest {
  private static final String GREETING = "hello";

  @TempDir static Path postgresFolder;

  private final FastOpenSocketFactory sockets = DropInSnippets.factory();
  private SocketLab hosts;
  private LibraryCalls calls;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
    calls = new LibraryCalls(true, TestKeys.of(hosts.lab().server().ipv4()));
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  /** Connects twice, the second time under a condition and with the first bytes in the SYN. */
  private void check(NetworkCondition condition, Callable<?> connection, Predicate<byte[]> first)
      throws Exception {
    ConditionEvidence.check(hosts, condition, connection, first);
  }

  private static void echo(Socket socket) throws Exception {
    socket.getOutputStream().write(socket.getInputStream().readNBytes(GREETING.length()));
  }

  private Callable<Void> echo(InetSocketAddress server) {
    return () -> {
      try (Socket socket = sockets.createSocket(server.getAddress(), server.getPort())) {
        socket.getOutputStream().write(GREETING.getBytes(US_ASCII));
        assertThat(socket.getInputStream().readAllBytes()).asString(US_ASCII).isEqualTo(GREETING);
      }
      return null;
    };
  }

  private static Predicate<byte[]> startingWith(String text) {
    return bytes -> new String(bytes, US_ASCII).startsWith(text);
  }

  @UnderEachCondition
  void okHttpSendsItsRequestInTheSyn(NetworkCondition condition) throws Exception {
    try (FastOpenWebServer web = new FastOpenWebServer(hosts, null, Protocol.HTTP_1_1)) {
      check(condition, calls.okHttp(web.url(), Protocol.HTTP_1_1), startingWith("GET / HTTP/1.1"));
    }
  }

  @UnderEachCondition
  void okHttpSendsTheClientHelloOfHttp1InTheSyn(NetworkCondition condition) throws Exception {
    try (FastOpenWebServer web = new FastOpenWebServer(hosts, calls.keys(), Protocol.HTTP_1_1)) {
      check(condition, calls.okHttp(web.url(), Protocol.HTTP_1_1), TestKeys::isClientHello);
    }
  }

  @UnderEachCondition
  void okHttpSendsTheClientHelloOfHttp2InTheSyn(NetworkCondition condition) throws Exception {
    try (FastOpenWebServer web =
        new FastOpenWebServer(hosts, calls.keys(), Protocol.HTTP_2, Protocol.HTTP_1_1)) {
      check(condition, calls.okHttp(web.url(), Protocol.HTTP_2), TestKeys::isClientHello);
    }
  }

  @UnderEachCondition
  void apacheHttpClientSendsItsRequestInTheSyn(NetworkCondition condition) throws Exception {
    try (FastOpenWebServer web = new FastOpenWebServer(hosts, null, Protocol.HTTP_1_1)) {
      check(condition, calls.apache(web.url()), startingWith("GET / HTTP/1.1"));
    }
  }

  @UnderEachCondition
  void apacheHttpClientSendsItsClientHelloInTheSyn(NetworkCondition condition) throws Exception {
    try (FastOpenWebServer web = new FastOpenWebServer(hosts, calls.keys(), Protocol.HTTP_1_1)) {
      check(condition, calls.apache(web.url()), TestKeys::isClientHello);
    }
  }

  @UnderEachCondition
  void theDriverOfPostgresqlSendsItsFirstMessageInTheSyn(NetworkCondition condition)
      throws Exception {
    try (PostgresServer server = PostgresServer.on(hosts, postgresFolder)) {
      check(
          condition,
          calls.postgres(server.address(), "disable"),
          bytes -> new String(bytes, US_ASCII).contains(PostgresServer.USER));
    }
  }

  @UnderEachCondition
  void theDriverOfPostgresqlSendsItsRequestForTlsInTheSyn(NetworkCondition condition)
      throws Exception {
    try (PostgresServer server = PostgresServer.on(hosts, postgresFolder)) {
      check(condition, calls.postgres(server.address(), "prefer"), bytes -> bytes.length == 8);
    }
  }

  @UnderEachCondition
  void theServerSocketOfTheExampleTakesTheSynsData(NetworkCondition condition) throws Exception {
    ServerSocket server = hosts.listen(() -> DropInSnippets.server(0));
    hosts.serve(server, SocketFactoryInLibrariesTest::echo);
    InetSocketAddress address =
        new InetSocketAddress(hosts.lab().server().ipv4(), server.getLocalPort());
    check(condition, echo(address), startingWith(GREETING));
  }
}
