package io.tfo.testkit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenServerSocketFactory;
import io.tfo.FastOpenSocketFactory;
import io.tfo.testkit.lab.Faults;
import io.tfo.testkit.lab.Segment;
import jakarta.mail.Session;
import jakarta.mail.Transport;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Hashtable;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import javax.naming.Context;
import javax.naming.directory.InitialDirContext;
import mockwebserver3.MockResponse;
import mockwebserver3.MockWebServer;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.tls.HandshakeCertificates;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The drop-in in the libraries that people have, each by the README's line. */
@Timeout(120)
class SocketFactoryInLibrariesTest {
  private static final String BODY = "Hello";
  private static final int OK = 200;
  private static final byte BER_SEQUENCE = 0x30;
  private static final byte LDAP_BIND_REQUEST = 0x60;

  /** What is between the client and the server. */
  enum Path {
    CLEAR,
    OFF_AT_THE_CLIENT,
    OFF_AT_THE_SERVER,
    OPTION_STRIPPED,
    SYN_DATA_DROPPED
  }

  @TempDir static java.nio.file.Path postgresFolder;

  private final FastOpenSocketFactory sockets = FastOpenSocketFactory.system();
  private SocketLab hosts;
  private HandshakeCertificates keys;
  private MockWebServer web;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
    keys = TestKeys.of(hosts.lab().server().ipv4());
  }

  @AfterEach
  void close() throws Exception {
    if (web != null) {
      web.close();
    }
    if (hosts != null) {
      hosts.close();
    }
  }

  private String serveWeb(boolean tls, Protocol... protocols) throws Exception {
    web = new MockWebServer();
    web.setServerSocketFactory(FastOpenServerSocketFactory.system());
    if (tls) {
      web.useHttps(keys.sslSocketFactory());
    }
    web.setProtocols(List.of(protocols));
    for (int i = 0; i < 3; i++) {
      web.enqueue(new MockResponse.Builder().code(OK).body(BODY).build());
    }
    return hosts
        .lab()
        .server()
        .call(
            () -> {
              web.start(hosts.lab().server().ipv4(), 0);
              return "%s://%s:%d/"
                  .formatted(
                      tls ? "https" : "http",
                      hosts.lab().server().ipv4().getHostAddress(),
                      web.getPort());
            });
  }

  /** Connects twice, and on a clear path expects the client's first bytes in the second SYN. */
  private void check(Path path, Callable<?> connection, Predicate<byte[]> first) throws Exception {
    hosts.onClient(connection);
    switch (path) {
      case CLEAR -> {}
      case OFF_AT_THE_CLIENT -> hosts.lab().client().sysctl("net.ipv4.tcp_fastopen", "2");
      case OFF_AT_THE_SERVER -> hosts.lab().server().sysctl("net.ipv4.tcp_fastopen", "1");
      case OPTION_STRIPPED -> hosts.lab().wire().fault(Faults.stripFastOpenOption());
      case SYN_DATA_DROPPED -> hosts.lab().wire().fault(Faults.dropSynData());
    }

    List<Segment> syns = hosts.synsOf(connection);

    assertThat(hosts.failures()).isEmpty();
    byte[] inSyn = syns.get(0).payload();
    if (path == Path.OFF_AT_THE_CLIENT) {
      assertThat(inSyn).isEmpty();
    } else {
      assertThat(first.test(inSyn)).as(() -> "in the SYN: " + new String(inSyn, US_ASCII)).isTrue();
    }
    if (path == Path.CLEAR) {
      assertThat(syns).hasSize(1);
      assertThat(hosts.lab().server().counter("TCPFastOpenPassive"))
          .isEqualTo(inSyn.length > 0 ? 1 : 0);
    }
  }

  private static Predicate<byte[]> startingWith(String text) {
    return bytes -> new String(bytes, US_ASCII).startsWith(text);
  }

  private Callable<Void> okHttp(String url, Protocol expected) {
    OkHttpClient client =
        DropInSnippets.okHttp(sockets)
            .newBuilder()
            .sslSocketFactory(keys.sslSocketFactory(), keys.trustManager())
            .fastFallback(false) // else it connects on threads that are on no host of the lab
            .build();
    return () -> {
      try (Response response = client.newCall(new Request.Builder().url(url).build()).execute()) {
        assertThat(response.body().string()).isEqualTo(BODY);
        assertThat(response.protocol()).isEqualTo(expected);
      }
      client.connectionPool().evictAll();
      return null;
    };
  }

  @ParameterizedTest
  @EnumSource
  void okHttpSendsItsRequestInTheSyn(Path path) throws Exception {
    String url = serveWeb(false, Protocol.HTTP_1_1);
    check(path, okHttp(url, Protocol.HTTP_1_1), startingWith("GET / HTTP/1.1"));
  }

  @ParameterizedTest
  @EnumSource
  void okHttpSendsTheClientHelloOfHttp1InTheSyn(Path path) throws Exception {
    String url = serveWeb(true, Protocol.HTTP_1_1);
    check(path, okHttp(url, Protocol.HTTP_1_1), TestKeys::isClientHello);
  }

  @ParameterizedTest
  @EnumSource
  void okHttpSendsTheClientHelloOfHttp2InTheSyn(Path path) throws Exception {
    String url = serveWeb(true, Protocol.HTTP_2, Protocol.HTTP_1_1);
    check(path, okHttp(url, Protocol.HTTP_2), TestKeys::isClientHello);
  }

  private Callable<Void> apache(String url) {
    return () -> {
      try (CloseableHttpClient client =
          DropInSnippets.apache(sockets, new DefaultClientTlsStrategy(keys.sslContext()))) {
        String body =
            client.execute(
                new HttpGet(url), response -> EntityUtils.toString(response.getEntity()));
        assertThat(body).isEqualTo(BODY);
      }
      return null;
    };
  }

  @ParameterizedTest
  @EnumSource
  void apacheHttpClientSendsItsRequestInTheSyn(Path path) throws Exception {
    check(path, apache(serveWeb(false, Protocol.HTTP_1_1)), startingWith("GET / HTTP/1.1"));
  }

  @ParameterizedTest
  @EnumSource
  void apacheHttpClientSendsItsClientHelloInTheSyn(Path path) throws Exception {
    check(path, apache(serveWeb(true, Protocol.HTTP_1_1)), TestKeys::isClientHello);
  }

  private static Callable<Void> postgres(InetSocketAddress server, String sslMode) {
    return () -> {
      Properties properties = new Properties();
      properties.setProperty("user", PostgresServer.USER);
      properties.setProperty("sslmode", sslMode);
      properties.setProperty("connectTimeout", "10");
      properties.setProperty("socketTimeout", "20");
      try (Connection connection =
              DropInSnippets.postgres(
                  server.getAddress().getHostAddress(), server.getPort(), properties);
          Statement statement = connection.createStatement();
          ResultSet answer = statement.executeQuery("select 6 * 7")) {
        assertThat(answer.next()).isTrue();
        assertThat(answer.getInt(1)).isEqualTo(42);
      }
      return null;
    };
  }

  @ParameterizedTest
  @EnumSource
  void theDriverOfPostgresqlSendsItsFirstMessageInTheSyn(Path path) throws Exception {
    try (PostgresServer server = PostgresServer.on(hosts, postgresFolder)) {
      check(
          path,
          postgres(server.address(), "disable"),
          bytes -> new String(bytes, US_ASCII).contains(PostgresServer.USER));
    }
  }

  @ParameterizedTest
  @EnumSource
  void theDriverOfPostgresqlSendsItsRequestForTlsInTheSyn(Path path) throws Exception {
    try (PostgresServer server = PostgresServer.on(hosts, postgresFolder)) {
      check(path, postgres(server.address(), "prefer"), bytes -> bytes.length == 8);
    }
  }

  /** The server speaks first: the connect is plain, and nobody waits for the other. */
  @ParameterizedTest
  @EnumSource
  void aMailClientHearsTheServerThatSpeaksFirst(Path path) throws Exception {
    InetSocketAddress server = hosts.serve(SocketFactoryInLibrariesTest::smtp);
    Callable<Void> connection =
        () -> {
          Properties properties = new Properties();
          properties.setProperty("mail.smtp.connectiontimeout", "10000");
          properties.setProperty("mail.smtp.timeout", "10000");
          Session session = Session.getInstance(DropInSnippets.mail(properties, sockets));
          try (Transport transport = session.getTransport("smtp")) {
            transport.connect(server.getAddress().getHostAddress(), server.getPort(), null, null);
            assertThat(transport.isConnected()).isTrue();
          }
          return null;
        };

    hosts.onClient(connection);
    switch (path) {
      case OFF_AT_THE_CLIENT, OFF_AT_THE_SERVER -> hosts.fastOpen("0");
      default -> {}
    }
    List<Segment> syns = hosts.synsOf(connection);

    assertThat(syns)
        .singleElement()
        .satisfies(syn -> assertThat(syn.hasFastOpenOption()).isFalse());
    assertThat(hosts.failures()).isEmpty();
  }

  private static void smtp(Socket socket) throws Exception {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
    OutputStream out = socket.getOutputStream();
    out.write("220 mail.example.test ready\r\n".getBytes(US_ASCII));
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      boolean last = line.startsWith("QUIT");
      out.write((last ? "221 Bye\r\n" : "250 mail.example.test\r\n").getBytes(US_ASCII));
      if (last) {
        return;
      }
    }
  }

  /** Its reader begins before its writer: whoever wins connects, and it works either way. */
  @ParameterizedTest
  @EnumSource
  void theLdapClientOfTheJdkWorks(Path path) throws Exception {
    InetSocketAddress server = hosts.serve(SocketFactoryInLibrariesTest::ldap);
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.ldap.LdapCtxFactory");
    environment.put(
        Context.PROVIDER_URL,
        "ldap://%s:%d".formatted(server.getAddress().getHostAddress(), server.getPort()));
    environment.put("java.naming.ldap.factory.socket", FastOpenSocketFactory.class.getName());
    Callable<Void> connection =
        () -> {
          new InitialDirContext(environment).close();
          return null;
        };

    check(path, connection, inSyn -> inSyn.length == 0 || inSyn[0] == BER_SEQUENCE);
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
