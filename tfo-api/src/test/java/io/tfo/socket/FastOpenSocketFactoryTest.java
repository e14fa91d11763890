package io.tfo.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.test.OneConnectionServer;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import javax.net.ssl.SSLSocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class FastOpenSocketFactoryTest {
  private static final FastOpenConnector PLAIN = FastOpenConnector.system();

  /** A connector whose system defers connects, or does not. */
  static final class Deferring extends SocketsOnly {
    private final boolean defers;
    final List<Socket> opened = new ArrayList<>();
    private Predicate<? super InetSocketAddress> which = address -> false;

    Deferring(boolean defers) {
      this.defers = defers;
    }

    @Override
    public boolean systemDefers() {
      return defers;
    }

    @Override
    public Optional<SocketOpener> deferring(
        Predicate<? super InetSocketAddress> destinations, boolean trustsCookies) {
      which = destinations;
      return defers ? Optional.of(this::open) : Optional.empty();
    }

    private Socket open() {
      Socket socket = new Socket();
      opened.add(socket);
      return socket;
    }

    @Override
    public FastOpenOutcome outcome(Socket socket) {
      return FastOpenOutcome.SYN_DATA_ACKED;
    }
  }

  /** Every way to create a connected socket. */
  enum Creation {
    UNCONNECTED {
      @Override
      Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws Exception {
        Socket socket = factory.createSocket();
        socket.connect(to);
        return socket;
      }
    },
    BY_NAME {
      @Override
      Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws Exception {
        return factory.createSocket(to.getAddress().getHostAddress(), to.getPort());
      }
    },
    BY_NAME_FROM {
      @Override
      Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws Exception {
        return factory.createSocket(
            to.getAddress().getHostAddress(), to.getPort(), OneConnectionServer.loopback(), 0);
      }
    },
    BY_ADDRESS {
      @Override
      Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws Exception {
        return factory.createSocket(to.getAddress(), to.getPort());
      }
    },
    BY_ADDRESS_FROM {
      @Override
      Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws Exception {
        return factory.createSocket(
            to.getAddress(), to.getPort(), OneConnectionServer.loopback(), 0);
      }
    };

    abstract Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws Exception;
  }

  @ParameterizedTest
  @EnumSource
  void opensItsSocketsByTheConnectorAndConnectsThem(Creation creation) throws Exception {
    Deferring connector = new Deferring(true);
    FastOpenSocketFactory factory = FastOpenSocketFactory.over(connector);
    try (OneConnectionServer server = new OneConnectionServer();
        Socket socket = creation.create(factory, server.address())) {
      assertThat(connector.opened).containsExactly(socket);
      socket.getOutputStream().write(OneConnectionServer.bytes(20_000));
      socket.shutdownOutput();
      assertThat(server.received()).isEqualTo(OneConnectionServer.bytes(20_000));
      assertThat(factory.outcome(socket)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
    }
  }

  /** A socket that the program connects itself is the program's to close. */
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "UNCONNECTED")
  void closesASocketThatItCannotConnect(Creation creation) throws Exception {
    Deferring connector = new Deferring(true);
    FastOpenSocketFactory factory = FastOpenSocketFactory.over(connector);
    assertThatThrownBy(() -> creation.create(factory, OneConnectionServer.refusing()))
        .isExactlyInstanceOf(ConnectException.class);
    assertThat(connector.opened).singleElement().matches(Socket::isClosed, "is closed");
  }

  @Test
  void createsOrdinarySocketsWhereTheSystemDefersNoConnects() throws Exception {
    for (FastOpenConnector connector : List.of(new Deferring(false), PLAIN)) {
      FastOpenSocketFactory factory = FastOpenSocketFactory.over(connector);
      try (Socket socket = factory.createSocket()) {
        assertThat(socket.getClass()).isEqualTo(Socket.class);
      }
    }
  }

  @Test
  void tellsTheOutcomeOfOrdinarySocketsWithoutABackend() throws Exception {
    FastOpenSocketFactory factory = FastOpenSocketFactory.over(PLAIN);
    try (OneConnectionServer server = new OneConnectionServer()) {
      Socket socket = factory.createSocket();
      assertThatThrownBy(() -> factory.outcome(socket))
          .isInstanceOf(NotYetConnectedException.class);
      socket.connect(server.address());
      assertThat(factory.outcome(socket)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
      socket.close();
      assertThatThrownBy(() -> factory.outcome(socket)).isInstanceOf(ClosedChannelException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void setsTcpNoDelayWhereThatIsAskedFor(boolean defers) throws Exception {
    FastOpenSocketFactory factory = FastOpenSocketFactory.over(new Deferring(defers));
    try (Socket asOfTheJdk = factory.createSocket();
        Socket noDelay = factory.noDelay().createSocket();
        Socket alsoRacing = factory.noDelay().racing().plainFor(address -> true).createSocket()) {
      assertThat(asOfTheJdk.getTcpNoDelay()).isFalse();
      assertThat(noDelay.getTcpNoDelay()).isTrue();
      assertThat(alsoRacing.getTcpNoDelay()).isTrue();
    }
  }

  @Test
  void setsTcpNoDelayOfTlsSockets() throws Exception {
    FastOpenSocketFactory factory = FastOpenSocketFactory.over(new Deferring(true)).noDelay();
    SSLSocketFactory jsse = (SSLSocketFactory) SSLSocketFactory.getDefault();
    try (Socket tls = FastOpenSslSocketFactory.over(jsse, factory).createSocket()) {
      assertThat(tls.getTcpNoDelay()).isTrue();
    }
  }

  @Test
  void leavesDestinationsOutThatAreExempt() {
    InetSocketAddress one = new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
    InetSocketAddress two = new InetSocketAddress(InetAddress.getLoopbackAddress(), 2);
    Deferring connector = new Deferring(true);
    FastOpenSocketFactory all = FastOpenSocketFactory.over(connector);
    assertThat(connector.which.test(one)).isTrue();

    FastOpenSocketFactory notOne = all.plainFor(one::equals);
    assertThat(connector.which.test(one)).isFalse();
    assertThat(connector.which.test(two)).isTrue();

    FastOpenSocketFactory neither = notOne.onlyFor(one::equals);
    assertThat(neither).isNotNull();
    assertThat(connector.which.test(one)).isFalse();
    assertThat(connector.which.test(two)).isFalse();
  }

  @Test
  void reportsAnUnknownHostInConnect() {
    FastOpenSocketFactory factory = FastOpenSocketFactory.system();
    assertThatThrownBy(() -> factory.createSocket("host.invalid", 80))
        .isInstanceOf(UnknownHostException.class);
    assertThatThrownBy(
            () -> factory.createSocket().connect(InetSocketAddress.createUnresolved("nowhere", 80)))
        .isInstanceOf(UnknownHostException.class);
  }

  @Test
  void canBeCreatedByItsClassName() throws Exception {
    assertThat(FastOpenSocketFactory.getDefault()).isInstanceOf(FastOpenSocketFactory.class);
    assertThat(FastOpenSocketFactory.class.getConstructor().newInstance().createSocket())
        .isInstanceOf(Socket.class);
  }
}
