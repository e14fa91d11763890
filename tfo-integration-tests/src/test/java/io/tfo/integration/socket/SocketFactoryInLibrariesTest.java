package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.docs.DropInSnippets;
import io.tfo.integration.faults.NetworkCondition;
import io.tfo.socket.FastOpenSocketFactory;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.util.Hashtable;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import javax.naming.Context;
import javax.naming.directory.InitialDirContext;
import javax.net.ssl.SSLContext;
import okhttp3.Protocol;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The socket factory in widely used libraries, each by the snippet of docs/sockets.md. */
@Timeout(120)
class SocketFactoryInLibrariesTest {
  private static final byte BER_SEQUENCE = 0x30;
  private static final byte LDAP_BIND_REQUEST = 0x60;
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
  void httpsUrlConnectionSendsItsClientHelloInTheSyn(NetworkCondition condition) throws Exception {
    try (FastOpenWebServer web = new FastOpenWebServer(hosts, calls.keys(), Protocol.HTTP_1_1)) {
      check(condition, calls.urlConnection(web.url()), TestKeys::isClientHello);
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

  /** The client creates the socket unconnected if it has a timeout for the connect. */
  @UnderEachCondition
  void theLdapClientOfTheJdkSendsItsClientHelloInTheSyn(NetworkCondition condition)
      throws Exception {
    InetSocketAddress server =
        hosts.serve(socket -> ldap(TestKeys.serverSide(calls.keys().sslSocketFactory(), socket)));
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
    environment.put(
        Context.PROVIDER_URL,
        "ldaps://%s:%d".formatted(server.getAddress().getHostAddress(), server.getPort()));
    environment.put("com.sun.jndi.ldap.connect.timeout", "10000");
    DropInSnippets.ldaps(environment);
    SSLContext before = SSLContext.getDefault();
    SSLContext.setDefault(calls.keys().sslContext());
    try {
      check(
          condition,
          () -> {
            new InitialDirContext(environment).close();
            return null;
          },
          TestKeys::isClientHello);
    } finally {
      SSLContext.setDefault(before);
    }
  }

  /** Answers each bind with success (RFC 4511, 4.2), and ends with the unbind. */
  private static void ldap(Socket socket) throws Exception {
    InputStream in = socket.getInputStream();
    while (in.read() == BER_SEQUENCE) {
      byte[] message = in.readNBytes(in.read());
      if (message[3] != LDAP_BIND_REQUEST) {
        return;
      }
      socket
          .getOutputStream()
          .write(new byte[] {BER_SEQUENCE, 12, 2, 1, message[2], 0x61, 7, 10, 1, 0, 4, 0, 4, 0});
    }
  }
}
