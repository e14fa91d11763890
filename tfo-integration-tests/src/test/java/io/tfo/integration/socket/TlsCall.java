package io.tfo.integration.socket;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.HandshakeCompletedEvent;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;

/** One call that a TLS socket has more than a {@link java.net.Socket}, with all that it answers. */
enum TlsCall {
  SUPPORTED((s, p) -> names(s.getSupportedProtocols()) + names(s.getSupportedCipherSuites())),
  ENABLED((s, p) -> names(s.getEnabledProtocols()) + names(s.getEnabledCipherSuites())),
  PROTOCOLS_NULL((s, p) -> set(() -> s.setEnabledProtocols(null))),
  PROTOCOLS_UNKNOWN((s, p) -> set(() -> s.setEnabledProtocols(new String[] {"TLSv9"}))),
  SUITES_NULL((s, p) -> set(() -> s.setEnabledCipherSuites(null))),
  PARAMETERS((s, p) -> text(s.getSSLParameters())),
  PARAMETERS_NULL((s, p) -> set(() -> s.setSSLParameters(null))),
  CLIENT_MODE((s, p) -> s.getUseClientMode()),
  SERVER_MODE(
      (s, p) -> {
        s.setUseClientMode(false);
        return s.getUseClientMode();
      }),
  CLIENT_AUTHENTICATION(
      (s, p) -> {
        s.setNeedClientAuth(true);
        String needed = s.getNeedClientAuth() + " " + s.getWantClientAuth();
        s.setWantClientAuth(true);
        return needed + ", " + s.getNeedClientAuth() + " " + s.getWantClientAuth();
      }),
  SESSION((s, p) -> text(s.getSession())),
  HANDSHAKE_SESSION((s, p) -> s.getHandshakeSession()),
  APPLICATION_PROTOCOL(
      (s, p) -> s.getApplicationProtocol() + " " + s.getHandshakeApplicationProtocol()),
  SELECTOR(
      (s, p) -> {
        s.setHandshakeApplicationProtocolSelector((socket, offered) -> "x");
        return s.getHandshakeApplicationProtocolSelector().apply(s, List.of());
      }),
  LISTENER_NULL((s, p) -> set(() -> s.addHandshakeCompletedListener(null))),
  LISTENER_UNKNOWN((s, p) -> set(() -> s.removeHandshakeCompletedListener(event -> {}))),
  HANDSHAKE((s, p) -> set(s::startHandshake)),

  // These are set, and decide about the handshake that follows.
  TALK(TlsCall::talk),
  PROTOCOL(
      (s, p) -> {
        s.setEnabledProtocols(new String[] {"TLSv1.2"});
        return talk(s, p) + names(s.getEnabledProtocols());
      }),
  SUITE(
      (s, p) -> {
        s.setEnabledCipherSuites(new String[] {"TLS_AES_256_GCM_SHA384"});
        return talk(s, p) + names(s.getEnabledCipherSuites());
      }),
  NO_NEW_SESSION(
      (s, p) -> {
        s.setEnableSessionCreation(false);
        return s.getEnableSessionCreation() + " " + s.getSession().isValid();
      }),
  SERVER_NAME(
      (s, p) -> {
        SSLParameters parameters = s.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName("name.test")));
        parameters.setApplicationProtocols(new String[] {"echo"});
        s.setSSLParameters(parameters);
        return talk(s, p) + text(s.getSSLParameters());
      }),
  NO_SERVER_NAME(
      (s, p) -> {
        SSLParameters parameters = s.getSSLParameters();
        parameters.setServerNames(List.of());
        s.setSSLParameters(parameters);
        return talk(s, p) + text(s.getSSLParameters());
      }),
  /** The certificate has the address, not the name {@code localhost} that the client uses. */
  HOST_NAME_CHECK(
      (s, p) -> {
        SSLParameters parameters = s.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        s.setSSLParameters(parameters);
        connect(s, p);
        return set(s::startHandshake);
      }),
  LISTENER(
      (s, p) -> {
        CompletableFuture<HandshakeCompletedEvent> event = new CompletableFuture<>();
        s.addHandshakeCompletedListener(event::complete);
        connect(s, p);
        if (s.getApplicationProtocol() != null) {
          return "the handshake is over";
        }
        s.startHandshake();
        return event.get(10, TimeUnit.SECONDS).getSocket() == s;
      });

  private interface Call {
    Object on(SSLSocket socket, SocketPair pair) throws Exception;
  }

  private final Call call;

  TlsCall(Call call) {
    this.call = call;
  }

  /** The answer, or the exception with its message. */
  String on(SSLSocket socket, SocketPair pair) throws Exception {
    try {
      return pair.normal(call.on(socket, pair));
    } catch (Exception e) {
      return pair.normal(e);
    }
  }

  private static String set(SocketPair.Action action) throws Exception {
    action.run();
    return "done";
  }

  private static void connect(SSLSocket socket, SocketPair pair) throws Exception {
    if (!socket.isConnected()) {
      socket.connect(pair.address(), 5000);
    }
  }

  private static String talk(SSLSocket socket, SocketPair pair) throws Exception {
    connect(socket, pair);
    socket.getOutputStream().write('t');
    int heard = pair.peer().getInputStream().read();
    pair.peer().getOutputStream().write(heard + 1);
    return (char) socket.getInputStream().read() + text(socket.getSession());
  }

  private static String text(SSLSession session) {
    return " %s %s %s:%d %s"
        .formatted(
            session.getProtocol(),
            session.getCipherSuite(),
            session.getPeerHost(),
            session.getPeerPort(),
            session.isValid());
  }

  private static String text(SSLParameters parameters) {
    return " %s %s %s %s"
        .formatted(
            parameters.getServerNames(),
            parameters.getEndpointIdentificationAlgorithm(),
            names(parameters.getProtocols()),
            names(parameters.getApplicationProtocols()));
  }

  private static String names(String[] names) {
    return " " + Arrays.toString(names);
  }
}
