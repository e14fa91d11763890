package io.tfo.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.FastOpenOutcome;
import io.tfo.test.OneConnectionServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FastOpenSslSocketFactoryTest {
  /** A connector whose system defers connects: it keeps the TLS sockets that it is given. */
  private static final class Deferring extends SocketsOnly {
    private final List<SSLSocket> deferred = new ArrayList<>();

    @Override
    public boolean systemDefers() {
      return true;
    }

    @Override
    public Optional<SocketOpener> deferring(
        Predicate<? super InetSocketAddress> which, boolean trustsCookies) {
      return Optional.of(
          new SocketOpener() {
            @Override
            public Socket open() {
              throw new AssertionError("TLS sockets only");
            }

            @Override
            public void defer(SSLSocket socket) {
              deferred.add(socket);
            }
          });
    }

    @Override
    public FastOpenOutcome outcome(Socket socket) {
      return FastOpenOutcome.UNKNOWN;
    }
  }

  /** A factory that has what {@code SSLSocketFactory} demands, and no unconnected sockets. */
  private static class Least extends SSLSocketFactory {
    private final List<Object> layered = new ArrayList<>();
    private final Socket created = new Socket();

    @Override
    public String[] getDefaultCipherSuites() {
      return new String[] {"default"};
    }

    @Override
    public String[] getSupportedCipherSuites() {
      return new String[] {"supported"};
    }

    @Override
    public Socket createSocket(Socket socket, String host, int port, boolean autoClose) {
      layered.addAll(List.of(socket, host, port, autoClose));
      return created;
    }

    @Override
    public Socket createSocket(Socket socket, InputStream consumed, boolean autoClose) {
      layered.addAll(List.of(socket, consumed, autoClose));
      return created;
    }

    @Override
    public Socket createSocket(String host, int port) {
      return created;
    }

    @Override
    public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
      return created;
    }

    @Override
    public Socket createSocket(InetAddress host, int port) {
      return created;
    }

    @Override
    public Socket createSocket(InetAddress host, int port, InetAddress from, int localPort) {
      return created;
    }
  }

  private interface Creation {
    Socket by(SocketFactory factory, InetSocketAddress to) throws IOException;
  }

  private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

  private static final List<Creation> CONNECTED =
      List.of(
          (factory, to) -> factory.createSocket("localhost", to.getPort()),
          (factory, to) -> factory.createSocket("localhost", to.getPort(), LOOPBACK, 0),
          (factory, to) -> factory.createSocket(LOOPBACK, to.getPort()),
          (factory, to) -> factory.createSocket(LOOPBACK, to.getPort(), LOOPBACK, 0));

  private final Deferring connector = new Deferring();

  private FastOpenSslSocketFactory over(SSLSocketFactory tls) {
    return FastOpenSslSocketFactory.over(tls, FastOpenSocketFactory.over(connector));
  }

  private static SSLSocketFactory jdk() throws Exception {
    return SSLContext.getDefault().getSocketFactory();
  }

  @Test
  void theConnectOfEachSocketThatItCreatesIsDeferred() throws Exception {
    FastOpenSslSocketFactory factory = over(jdk());
    try (Socket socket = factory.createSocket()) {
      assertThat(connector.deferred).containsExactly((SSLSocket) socket);
    }
    for (Creation creation : CONNECTED) {
      connector.deferred.clear();
      try (OneConnectionServer server = new OneConnectionServer();
          Socket socket = creation.by(factory, server.address())) {
        assertThat(connector.deferred).containsExactly((SSLSocket) socket);
        assertThat(socket.isConnected()).isTrue();
      }
    }
  }

  @Test
  void aSocketThatItCannotConnectIsClosed() throws Exception {
    for (Creation creation : CONNECTED) {
      connector.deferred.clear();
      assertThatThrownBy(() -> creation.by(over(jdk()), OneConnectionServer.refusing()))
          .isExactlyInstanceOf(ConnectException.class);
      assertThat(connector.deferred).singleElement().matches(Socket::isClosed);
    }
  }

  @Test
  void aFactoryWithoutUnconnectedSocketsConnectsThemItself() throws Exception {
    Least least = new Least();
    for (Creation creation : CONNECTED) {
      assertThat(creation.by(over(least), OneConnectionServer.refusing())).isSameAs(least.created);
    }
    assertThatThrownBy(over(least)::createSocket)
        .isExactlyInstanceOf(SocketException.class)
        .hasCauseInstanceOf(UnsupportedOperationException.class);
    assertThat(connector.deferred).isEmpty();
  }

  @Test
  void aBoundSocketAndASocketWithoutTlsStayAsTheyAre() throws Exception {
    SSLSocketFactory others =
        new Least() {
          private int created;

          @Override
          public Socket createSocket() throws IOException {
            if (created++ == 0) {
              return new Socket();
            }
            Socket bound = SSLSocketFactory.getDefault().createSocket();
            bound.bind(null);
            return bound;
          }
        };
    try (Socket plain = over(others).createSocket();
        Socket bound = over(others).createSocket()) {
      assertThat(plain).isNotInstanceOf(SSLSocket.class);
      assertThat(bound.isBound()).isTrue();
      assertThat(connector.deferred).isEmpty();
    }
  }

  @Test
  void allOtherCallsGoToTheGivenFactory() throws Exception {
    Least least = new Least();
    SSLSocketFactory factory = over(least);
    assertThat(factory.getDefaultCipherSuites()).containsExactly("default");
    assertThat(factory.getSupportedCipherSuites()).containsExactly("supported");
    try (Socket socket = new Socket()) {
      InputStream consumed = new ByteArrayInputStream(new byte[1]);
      assertThat(factory.createSocket(socket, "host", 1, true)).isSameAs(least.created);
      assertThat(factory.createSocket(socket, consumed, false)).isSameAs(least.created);
      assertThat(least.layered).containsExactly(socket, "host", 1, true, socket, consumed, false);
    }
  }

  @Test
  void canBeCreatedByItsClassName() throws Exception {
    assertThat(FastOpenSslSocketFactory.getDefault()).isInstanceOf(FastOpenSslSocketFactory.class);
    try (Socket socket =
        FastOpenSslSocketFactory.class.getConstructor().newInstance().createSocket()) {
      assertThat(socket).isInstanceOf(SSLSocket.class);
    }
    // As the JDK's LDAP client does.
    assertThat(Class.forName(FastOpenSslSocketFactory.class.getName()).getMethod("getDefault"))
        .satisfies(found -> assertThat(found.invoke(null)).isInstanceOf(SocketFactory.class));
  }
}
