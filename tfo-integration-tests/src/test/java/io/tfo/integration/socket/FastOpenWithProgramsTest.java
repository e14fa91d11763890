package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenBackends.Installed;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.integration.faults.NetworkCondition;
import io.tfo.integration.soak.SomeCases;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.testkit.BackendLab;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Our client with common web servers, and our listener with curl. */
@Timeout(120)
class FastOpenWithProgramsTest {
  private static final String REQUEST = "GET / HTTP/1.0\r\n\r\n";

  @TempDir private Path folder;
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

  /** A way of ours to send a request. */
  enum Client {
    LINUX_LEGACY {
      @Override
      byte[] request(InetSocketAddress server) throws Exception {
        return request(server, backend("linux-legacy").backend().connector());
      }
    },
    LINUX_CONNECT {
      @Override
      byte[] request(InetSocketAddress server) throws Exception {
        return request(server, backend("linux-connect").backend().connector());
      }
    },
    SOCKET_FACTORY {
      @Override
      byte[] request(InetSocketAddress server) throws Exception {
        try (Socket socket =
            FastOpenSocketFactory.system().createSocket(server.getAddress(), server.getPort())) {
          socket.getOutputStream().write(REQUEST.getBytes(US_ASCII));
          return socket.getInputStream().readAllBytes();
        }
      }
    };

    abstract byte[] request(InetSocketAddress server) throws Exception;

    static byte[] request(InetSocketAddress server, FastOpenConnector connector) throws Exception {
      try (SocketChannel channel =
          connector.open(server, ByteBuffer.wrap(REQUEST.getBytes(US_ASCII)))) {
        return channel.socket().getInputStream().readAllBytes();
      }
    }
  }

  private static Installed backend(String name) {
    return FastOpenBackends.installed().list().stream()
        .filter(installed -> installed.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /** Connects twice, the second time under the condition and with the request in the SYN. */
  private void check(NetworkCondition condition, Callable<?> connection) throws Exception {
    ConditionEvidence.check(
        hosts,
        condition,
        connection,
        bytes -> new String(bytes, US_ASCII).startsWith("GET / HTTP/1."));
  }

  static Stream<Arguments> clients(TestInfo test) {
    return Stream.of(WebProgram.values())
        .flatMap(
            program ->
                Stream.of(Client.values())
                    .flatMap(
                        client ->
                            SomeCases.of(
                                    ConditionEvidence.SEEN,
                                    test,
                                    program.ordinal() * Client.values().length + client.ordinal())
                                .map(condition -> Arguments.of(program, client, condition))));
  }

  @ParameterizedTest
  @MethodSource("clients")
  void aWebServerTakesOurSynsData(WebProgram program, Client client, NetworkCondition condition)
      throws Exception {
    InetSocketAddress server =
        new InetSocketAddress(hosts.lab().server().ipv4(), BackendLab.newPort());
    try (HostProgram running = program.start(hosts.lab().server(), server, folder)) {
      check(
          condition,
          () ->
              assertThat(client.request(server))
                  .asString(US_ASCII)
                  .as(running::toString)
                  .startsWith("HTTP/1.1 200 OK\r\n")
                  .endsWith(WebProgram.BODY));
    }
  }

  static Stream<Arguments> listeners(TestInfo test) {
    return Stream.of("linux-legacy", "linux-connect")
        .flatMap(
            backend ->
                SomeCases.of(ConditionEvidence.SEEN, test, backend.length())
                    .map(condition -> Arguments.of(backend, condition)));
  }

  @ParameterizedTest
  @MethodSource("listeners")
  void ourListenerTakesTheDataOfTheSynOfCurl(String backend, NetworkCondition condition)
      throws Exception {
    Path curl = HostProgram.find("curl");
    FastOpenListener listener = backend(backend).backend().listener();
    InetSocketAddress server =
        new InetSocketAddress(hosts.lab().server().ipv4(), BackendLab.newPort());
    ServerSocket listening = hosts.listen(() -> listener.open(server, 50, 50).socket());
    hosts.serve(listening, FastOpenWithProgramsTest::answer);
    String url = "http://%s:%d/".formatted(server.getAddress().getHostAddress(), server.getPort());
    check(
        condition,
        () ->
            assertThat(
                    HostProgram.run(
                        hosts.lab().client(),
                        folder,
                        curl,
                        "-q",
                        "-sS",
                        "--noproxy",
                        "*",
                        "--tcp-fastopen",
                        url))
                .isEqualTo(WebProgram.BODY));
  }

  private static void answer(Socket socket) throws Exception {
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
    for (String line = lines.readLine(); !line.isEmpty(); line = lines.readLine()) {}
    socket
        .getOutputStream()
        .write(
            ("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s"
                    .formatted(WebProgram.BODY.length(), WebProgram.BODY))
                .getBytes(US_ASCII));
  }

  @Test
  void aProgramEndsWithItsLab() throws Exception {
    HostProgram program = HostProgram.start(hosts.lab().server(), folder, "sleep", "1000");
    assertThat(program.isRunning()).isTrue();

    hosts.close();

    assertThat(program.isRunning()).isFalse();
  }
}
