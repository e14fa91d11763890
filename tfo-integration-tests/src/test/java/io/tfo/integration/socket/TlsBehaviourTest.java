package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.integration.soak.SomeCases;
import io.tfo.lab.Host;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.socket.FastOpenSslSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Compares {@link SSLSocket}s, state by state and call by call. A socket of the JDK and one of the
 * factory do the same, or throw the same exception.
 */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class TlsBehaviourTest {
  private static final HeldCertificate KEY = TestKeys.held(InetAddress.getLoopbackAddress());

  private interface Call {
    String on(SSLSocket socket, SocketPair pair) throws Exception;
  }

  /** The states that a TLS socket can be in. */
  private static final List<SocketState> STATES =
      List.of(
          SocketState.WRITTEN,
          SocketState.UNCONNECTED,
          SocketState.BOUND,
          SocketState.CLOSED_UNCONNECTED,
          SocketState.FRESH,
          SocketState.OUTPUT_SHUT,
          SocketState.CLOSED_FRESH,
          SocketState.CLOSED,
          SocketState.CONNECT_REFUSED,
          SocketState.CONNECT_OF_UNKNOWN_HOST);

  static Stream<SocketState> states(TestInfo test) {
    return SomeCases.of(STATES, test, 0);
  }

  @ParameterizedTest
  @MethodSource("states")
  void tlsSocketsBehaveAsThoseOfTheJdk(SocketState state) throws Exception {
    Map<String, Call> calls = new LinkedHashMap<>();
    for (SocketCall call : SocketCall.values()) {
      calls.put("Socket." + call, call::on);
    }
    for (TlsCall call : TlsCall.values()) {
      calls.put("SSLSocket." + call, call::on);
    }
    try (Lab lab = Labs.unrecorded()) {
      Host host = lab.client();
      SSLContext context = TestKeys.of(KEY).sslContext();
      // A memory of its own: refused connects of the other states would make these plain.
      FastOpenSocketFactory sockets =
          FastOpenSocketFactory.over(BackendsUnderTest.ALL.get("linux-connect").get().connector());
      UnaryOperator<SSLSocketFactory> ours = tls -> FastOpenSslSocketFactory.over(tls, sockets);
      UnaryOperator<SSLSocketFactory> jdks = tls -> tls;

      host.sysctl("net.ipv4.tcp_fastopen", "3");
      Map<String, String> expected = outcomes(host, context, state, calls, jdks, null);
      assertThat(outcomes(host, context, state, calls, ours, sockets)).isEqualTo(expected);
      if (state == SocketState.WRITTEN) {
        assertThat(host.counter("TCPFastOpenActive")).isGreaterThan(50);
      }

      host.sysctl("net.ipv4.tcp_fastopen", "0");
      assertThat(outcomes(host, context, state, calls, ours, null)).isEqualTo(expected);
    }
  }

  private static Map<String, String> outcomes(
      Host host,
      SSLContext context,
      SocketState state,
      Map<String, Call> calls,
      UnaryOperator<SSLSocketFactory> clients,
      SocketFactory first)
      throws Exception {
    Map<String, String> outcomes = new LinkedHashMap<>();
    for (Map.Entry<String, Call> each : calls.entrySet()) {
      outcomes.put(
          each.getKey(), host.call(() -> outcome(context, state, each.getValue(), clients, first)));
    }
    return outcomes;
  }

  private static String outcome(
      SSLContext context,
      SocketState state,
      Call call,
      UnaryOperator<SSLSocketFactory> clients,
      SocketFactory first)
      throws Exception {
    forgetSessions(context.getClientSessionContext());
    SSLSocketFactory tls = context.getSocketFactory();
    try (SocketPair pair =
        SocketPair.in(
            state,
            clients.apply(tls),
            FastOpenServerSocketFactory.system(),
            accepted -> handshaken(tls, accepted),
            /* serverSide= */ false,
            first)) {
      // A session's number is the time at which it was created.
      return call.on((SSLSocket) pair.subject(), pair).replaceAll("Session\\(\\d+", "Session(");
    }
  }

  /** A session with an earlier server on the same port would be resumed. */
  private static void forgetSessions(SSLSessionContext sessions) {
    for (byte[] id : Collections.list(sessions.getIds())) {
      SSLSession session = sessions.getSession(id);
      if (session != null) {
        session.invalidate();
      }
    }
  }

  private static Socket handshaken(SSLSocketFactory factory, Socket accepted) throws IOException {
    SSLSocket tls = TestKeys.serverSide(factory, accepted);
    tls.setHandshakeApplicationProtocolSelector(
        (socket, offered) -> offered.contains("echo") ? "echo" : "");
    tls.startHandshake();
    return tls;
  }
}
