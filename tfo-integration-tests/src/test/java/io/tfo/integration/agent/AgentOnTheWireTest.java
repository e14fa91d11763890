package io.tfo.integration.agent;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.tfo.FastOpenStatistics;
import io.tfo.integration.socket.RedisPeer;
import io.tfo.integration.socket.SocketLab;
import io.tfo.lab.Segment;
import io.tfo.testkit.BackendLab;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import redis.clients.jedis.Jedis;

/** The SYNs of programs that know nothing of the library, in a JVM with the agent. */
@Timeout(60)
@ExtendWith(AgentJvm.class)
class AgentOnTheWireTest {
  private static final byte[] REQUEST = "GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] REPLY = "HTTP/1.0 204 Fine\r\n\r\n".getBytes(US_ASCII);

  private SocketLab hosts;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  /** Serves conversations on an ordinary server socket of the program. */
  private InetSocketAddress serve(SocketLab.Conversation conversation) throws Exception {
    ServerSocket server =
        hosts.listen(() -> new ServerSocket(BackendLab.newPort(), 50, hosts.lab().server().ipv4()));
    hosts.serve(server, conversation);
    return new InetSocketAddress(server.getInetAddress(), server.getLocalPort());
  }

  private void reply(Socket socket) throws IOException {
    socket.getInputStream().readNBytes(REQUEST.length);
    socket.getOutputStream().write(REPLY);
  }

  /** Asserts that the first SYN asks for a cookie, and that the server takes data in the second. */
  private void assertDataInTheSecondSyn(Callable<?> exchange) throws Exception {
    List<Segment> first = hosts.synsOf(exchange);
    List<Segment> second = hosts.synsOf(exchange);
    assertThat(first).singleElement().satisfies(syn -> assertThat(syn.payload()).isEmpty());
    assertThat(first.get(0).fastOpenCookie()).hasValue(new byte[0]);
    assertThat(second).singleElement().satisfies(syn -> assertThat(syn.payload()).isNotEmpty());
    assertThat(hosts.lab().server().counter("TCPFastOpenPassive")).isEqualTo(1);
    assertThat(hosts.lab().client().counter("TCPFastOpenActive")).isEqualTo(1);
  }

  private static byte[] exchange(Socket socket) throws IOException {
    try (socket) {
      socket.getOutputStream().write(REQUEST);
      byte[] reply = socket.getInputStream().readAllBytes();
      assertThat(reply).isEqualTo(REPLY);
      return reply;
    }
  }

  @Test
  void anOrdinarySocketSendsItsFirstWriteInTheSyn() throws Exception {
    InetSocketAddress server = serve(this::reply);

    assertDataInTheSecondSyn(() -> exchange(new Socket(server.getAddress(), server.getPort())));
  }

  @Test
  void aSocketThatUsesNoProxySendsItsFirstWriteInTheSyn() throws Exception {
    InetSocketAddress server = serve(this::reply);

    assertDataInTheSecondSyn(
        () -> {
          Socket socket = new Socket(Proxy.NO_PROXY);
          socket.connect(server, 10_000);
          return exchange(socket);
        });
  }

  /** A socket whose methods cannot be called before its constructor has ended. */
  private static final class OwnSocket extends Socket {
    private final List<String> calls = new ArrayList<>();

    OwnSocket(InetSocketAddress server) throws IOException {
      super(server.getAddress(), server.getPort());
    }

    @Override
    public boolean isBound() {
      calls.add("isBound");
      return super.isBound();
    }
  }

  @Test
  void aSubclassOfSocketConnectsInItsConstructor() throws Exception {
    InetSocketAddress server = serve(this::reply);

    assertDataInTheSecondSyn(() -> exchange(new OwnSocket(server)));
  }

  /**
   * Uses the factory of the copy on this class path, not of the agent's copy. Each copy counts its
   * own connects.
   */
  @Test
  void theProgramsOwnCopyOfTheLibraryWorksBesideTheAgents() throws Exception {
    InetSocketAddress server = serve(this::reply);
    FastOpenStatistics before = FastOpenStatistics.snapshot();

    assertDataInTheSecondSyn(
        () -> exchange(SocketLab.factory().createSocket(server.getAddress(), server.getPort())));

    FastOpenStatistics after = FastOpenStatistics.snapshot();
    assertThat(after.cookieRequested() - before.cookieRequested()).isEqualTo(1);
    assertThat(after.synData() - before.synData()).isEqualTo(1);
  }

  @Test
  void httpUrlConnectionSendsItsRequestInTheSyn() throws Exception {
    InetSocketAddress server = serve(this::reply);
    String url = "http://%s:%d/".formatted(server.getHostString(), server.getPort());

    assertDataInTheSecondSyn(
        () -> {
          HttpURLConnection connection =
              (HttpURLConnection) URI.create(url).toURL().openConnection(Proxy.NO_PROXY);
          connection.setRequestProperty("Connection", "close");
          return connection.getResponseCode();
        });
  }

  @Test
  void jedisSendsItsFirstCommandInTheSyn() throws Exception {
    InetSocketAddress server = serve(RedisPeer::converse);

    assertDataInTheSecondSyn(
        () -> {
          try (Jedis jedis = new Jedis(server.getHostString(), server.getPort())) {
            return jedis.ping();
          }
        });
  }

  /** The JDK's client and its server both use NIO channels. */
  @Test
  void theJdksHttpServerTakesTheDataInTheSynOfItsHttpClient() throws Exception {
    HttpServer server =
        hosts
            .lab()
            .server()
            .call(
                () ->
                    HttpServer.create(
                        new InetSocketAddress(hosts.lab().server().ipv4(), BackendLab.newPort()),
                        50));
    hosts.closeLater(() -> server.stop(0));
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
        });
    server.start();
    URI url =
        URI.create(
            "http://%s:%d/"
                .formatted(server.getAddress().getHostString(), server.getAddress().getPort()));

    assertDataInTheSecondSyn(
        () -> {
          // An executor of its own: the threads of other executors are on no host of the lab.
          HttpClient client =
              HttpClient.newBuilder()
                  .proxy(HttpClient.Builder.NO_PROXY)
                  .executor(task -> hosts.lab().client().threads().newThread(task).start())
                  .build();
          return client.send(HttpRequest.newBuilder(url).build(), BodyHandlers.discarding());
        });
  }

  /** Into a socket of another implementation, the JDK would accept by its custom path. */
  @Test
  void aServerSocketAcceptsIntoASocketOfTheProgram() throws Exception {
    ServerSocket server =
        hosts.listen(
            () ->
                new ServerSocket(BackendLab.newPort(), 50, hosts.lab().server().ipv4()) {
                  @Override
                  public Socket accept() throws IOException {
                    Socket own = new Socket() {};
                    implAccept(own);
                    return own;
                  }
                });
    hosts.serve(server, this::reply);
    InetSocketAddress address =
        new InetSocketAddress(server.getInetAddress(), server.getLocalPort());

    assertDataInTheSecondSyn(() -> exchange(new Socket(address.getAddress(), address.getPort())));
  }
}
