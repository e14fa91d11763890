package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.Host;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSslSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import okhttp3.tls.HeldCertificate;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The table of what an {@link SSLSocket} does, state by state and call by call: one of the JDK's
 * and one of the factory's do the same, or throw the same exception.
 */
@Timeout(120)
@Execution(ExecutionMode.CONCURRENT)
class TlsBehaviourTest {
  private static final HeldCertificate KEY = TestKeys.held(InetAddress.getLoopbackAddress());

  private interface Call {
    String on(SSLSocket socket, SocketPair pair) throws Exception;
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "UNCONNECTED",
        "BOUND",
        "CLOSED_UNCONNECTED",
        "FRESH",
        "WRITTEN",
        "OUTPUT_SHUT",
        "CLOSED_FRESH",
        "CLOSED",
        "CONNECT_REFUSED",
        "CONNECT_OF_UNKNOWN_HOST"
      })
  void tlsSocketsBehaveAsThoseOfTheJdk(SocketState state) throws Exception {
    try (Lab lab = Labs.unrecorded()) {
      SSLContext context = TestKeys.of(KEY).sslContext();
      List<String> differences = new ArrayList<>();
      for (SocketCall call : SocketCall.values()) {
        compare(lab.client(), context, state, "Socket." + call, call::on, differences);
      }
      for (TlsCall call : TlsCall.values()) {
        compare(lab.client(), context, state, "SSLSocket." + call, call::on, differences);
      }
      assertThat(differences).isEmpty();
      if (state == SocketState.WRITTEN) {
        assertThat(lab.client().counter("TCPFastOpenActive")).isGreaterThan(50);
      }
    }
  }

  private static void compare(
      Host host,
      SSLContext context,
      SocketState state,
      String name,
      Call call,
      List<String> differences)
      throws Exception {
    host.sysctl("net.ipv4.tcp_fastopen", "3");
    String expected = host.call(() -> outcome(context, state, call, plain -> plain, false));
    String known =
        host.call(() -> outcome(context, state, call, FastOpenSslSocketFactory::over, true));
    host.sysctl("net.ipv4.tcp_fastopen", "0");
    String off =
        host.call(() -> outcome(context, state, call, FastOpenSslSocketFactory::over, false));
    if (!known.equals(expected) || !off.equals(expected)) {
      differences.add("%s: plain %s; ours %s, off %s".formatted(name, expected, known, off));
    }
  }

  private static String outcome(
      SSLContext context,
      SocketState state,
      Call call,
      UnaryOperator<SSLSocketFactory> clients,
      boolean known)
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
            known)) {
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
