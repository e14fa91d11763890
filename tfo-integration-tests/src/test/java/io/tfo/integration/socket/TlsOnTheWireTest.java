package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.FastOpenOutcome;
import io.tfo.integration.docs.DropInSnippets;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSslSocketFactory;
import io.tfo.test.StoppedTimer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The sockets of {@link FastOpenSslSocketFactory} in the lab, beside those of the JDK. */
@Timeout(60)
class TlsOnTheWireTest {
  private static final String NAME = "name.test";

  private final BlockingQueue<String> serverNames = new LinkedBlockingQueue<>();
  private SocketLab hosts;
  private SSLContext context;
  private ServerSocket listening;
  private InetSocketAddress server;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
    context = TestKeys.of(hosts.lab().server().ipv4()).sslContext();
    listening = hosts.listen();
    hosts.serve(
        listening,
        accepted -> {
          SSLSocket tls = TestKeys.serverSide(context.getSocketFactory(), accepted);
          tls.getOutputStream().write(tls.getInputStream().read());
          ExtendedSSLSession session = (ExtendedSSLSession) tls.getSession();
          serverNames.add(session.getRequestedServerNames().toString());
        });
    InetAddress address = InetAddress.getByAddress(NAME, hosts.lab().server().ipv4().getAddress());
    server = new InetSocketAddress(address, listening.getLocalPort());
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  /** Every way to create a connected socket. */
  enum Creation {
    UNCONNECTED {
      @Override
      Socket create(SocketFactory factory, InetSocketAddress to) throws IOException {
        Socket socket = factory.createSocket();
        socket.connect(to, 10_000);
        return socket;
      }
    },
    BY_NAME {
      @Override
      Socket create(SocketFactory factory, InetSocketAddress to) throws IOException {
        return factory.createSocket(to.getAddress().getHostAddress(), to.getPort());
      }
    },
    BY_NAME_FROM {
      @Override
      Socket create(SocketFactory factory, InetSocketAddress to) throws IOException {
        return factory.createSocket(to.getAddress().getHostAddress(), to.getPort(), anyLocal(), 0);
      }
    },
    BY_ADDRESS {
      @Override
      Socket create(SocketFactory factory, InetSocketAddress to) throws IOException {
        return factory.createSocket(to.getAddress(), to.getPort());
      }
    },
    BY_ADDRESS_FROM {
      @Override
      Socket create(SocketFactory factory, InetSocketAddress to) throws IOException {
        return factory.createSocket(to.getAddress(), to.getPort(), anyLocal(), 0);
      }
    };

    abstract Socket create(SocketFactory factory, InetSocketAddress to) throws IOException;

    private static InetAddress anyLocal() {
      return new InetSocketAddress(0).getAddress();
    }
  }

  private static SSLSession talk(Socket socket) throws IOException {
    socket.getOutputStream().write('t');
    assertThat(socket.getInputStream().read()).isEqualTo('t');
    return ((SSLSocket) socket).getSession();
  }

  private SSLSocketFactory ours() {
    return DropInSnippets.tlsFactory(SocketLab.factory(), context);
  }

  private SSLSession talk(SSLSocketFactory factory, Creation creation) throws Exception {
    return hosts.onClient(
        () -> {
          try (Socket socket = creation.create(factory, server)) {
            return talk(socket);
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void theClientHelloIsInTheSynFromTheSecondConnectionOn(Creation creation) throws Exception {
    talk(context.getSocketFactory(), creation);
    String plain = serverNames.poll(10, TimeUnit.SECONDS);

    List<Segment> first = hosts.synsOf(() -> talk(ours(), creation));
    List<Segment> second = StoppedTimer.during(() -> hosts.synsOf(() -> talk(ours(), creation)));

    assertThat(first).singleElement().satisfies(syn -> assertThat(syn.payload()).isEmpty());
    assertThat(second)
        .singleElement()
        .satisfies(syn -> assertThat(TestKeys.isClientHello(syn.payload())).isTrue());
    assertThat(serverNames.poll(10, TimeUnit.SECONDS)).isEqualTo(plain);
    assertThat(serverNames.poll(10, TimeUnit.SECONDS)).isEqualTo(plain);
    boolean named = creation != Creation.BY_NAME && creation != Creation.BY_NAME_FROM;
    assertThat(plain.contains(NAME)).isEqualTo(named);
    assertThat(hosts.failures()).isEmpty();
  }

  @Test
  void theOutcomeOfATlsSocketIsReportedToo() throws Exception {
    talk(ours(), Creation.UNCONNECTED);
    Callable<FastOpenOutcome> second =
        () -> {
          try (Socket socket = Creation.UNCONNECTED.create(ours(), server)) {
            talk(socket);
            return SocketLab.factory().outcome(socket);
          }
        };
    assertThat(StoppedTimer.during(() -> hosts.onClient(second)))
        .isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
  }

  @Test
  void aSessionIsResumedWhicheverFactoryBeganIt() throws Exception {
    Callable<String> plain = () -> sessionId(context.getSocketFactory());
    Callable<String> fast = () -> sessionId(ours());
    String first = hosts.onClient(plain);
    assertThat(hosts.onClient(fast)).isEqualTo(first);
    assertThat(hosts.onClient(fast)).isEqualTo(first);
    assertThat(hosts.onClient(plain)).isEqualTo(first);
  }

  /** Returns the number of a TLS 1.2 session. A resumed session has the number of the first. */
  private String sessionId(SSLSocketFactory factory) throws IOException {
    try (SSLSocket socket = (SSLSocket) factory.createSocket()) {
      socket.setEnabledProtocols(new String[] {"TLSv1.2"});
      socket.connect(server, 10_000);
      return HexFormat.of().formatHex(talk(socket).getId());
    }
  }

  /** The program connects to a name that the certificate does not have. */
  @Test
  void theNameOfTheServerIsCheckedAsByTheJdk() throws Exception {
    for (SSLSocketFactory factory : List.of(context.getSocketFactory(), ours(), ours())) {
      assertThat(hosts.onClient(() -> catchThrowable(() -> check(factory, server))))
          .hasMessageEndingWith("No name matching name.test found");
      InetSocketAddress byAddress =
          new InetSocketAddress(hosts.lab().server().ipv4(), server.getPort());
      assertThat(hosts.onClient(() -> check(factory, byAddress))).isTrue();
    }
  }

  private static boolean check(SSLSocketFactory factory, InetSocketAddress to) throws IOException {
    try (SSLSocket socket = (SSLSocket) factory.createSocket()) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.connect(to, 10_000);
      return talk(socket).isValid();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aServerThatHasGoneFailsTheHandshakeOnceAndThenConnect(boolean refuses) throws Exception {
    talk(ours(), Creation.UNCONNECTED);
    Class<? extends IOException> expected =
        refuses ? ConnectException.class : SocketTimeoutException.class;
    if (refuses) {
      hosts.stop(listening);
    } else {
      hosts.lab().wire().fault(Faults.cut());
    }
    try (SSLSocket socket = hosts.onClient(() -> connected(300))) {
      assertThatThrownBy(socket::startHandshake).isExactlyInstanceOf(expected);
      assertThat(socket.isClosed()).isTrue();
    }
    assertThatThrownBy(() -> hosts.onClient(() -> connected(300))).isExactlyInstanceOf(expected);
  }

  private SSLSocket connected(int timeoutMillis) throws IOException {
    SSLSocket socket = (SSLSocket) ours().createSocket();
    socket.connect(server, timeoutMillis);
    return socket;
  }

  /** One thread sends the SYN by a shutdown, the other waits for it to write. */
  @Test
  void twoThreadsThatFindTheServerGoneBothEnd() throws Exception {
    talk(ours(), Creation.UNCONNECTED);
    hosts.lab().wire().fault(Faults.cut());
    hosts.lab().wire().forget();
    try (SSLSocket socket = hosts.onClient(() -> connected(1000))) {
      Future<Throwable> one = start(() -> socket.getInputStream().read());
      hosts.lab().wire().await(Segment::isSyn);
      Future<Throwable> other = start(socket::shutdownInput);
      Future<Throwable> third = start(socket::close);
      assertThat(one.get(20, TimeUnit.SECONDS)).isInstanceOf(IOException.class);
      other.get(20, TimeUnit.SECONDS);
      assertThat(third.get(20, TimeUnit.SECONDS)).isNull();
      assertThat(socket.isClosed()).isTrue();
    }
  }

  private Future<Throwable> start(ThrowingCallable call) {
    return hosts.lab().client().start(() -> catchThrowable(call));
  }
}
