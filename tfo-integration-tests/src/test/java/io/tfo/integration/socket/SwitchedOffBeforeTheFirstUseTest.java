package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.lab.Segment;
import io.tfo.test.StoppedTimer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import jdk.net.ExtendedSocketOptions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The client side of TCP Fast Open is switched off between {@code connect} and the first use of the
 * connection. Linux does not send the SYN of the deferred connect then, and does not take the
 * deferral back. A socket is used on the client's host, since a new one of the system belongs to
 * the network of the thread that makes it.
 */
@Timeout(60)
@ExtendWith(StoppedTimer.InTest.class) // the SYN waits for the first use, however long that takes
class SwitchedOffBeforeTheFirstUseTest {
  private final BlockingQueue<String> received = new LinkedBlockingQueue<>();
  private SocketLab hosts;
  private ServerSocket listening;
  private InetSocketAddress server;

  @BeforeEach
  void knowTheServer() throws Exception {
    hosts = SocketLab.open();
    listening = hosts.listen();
    server = new InetSocketAddress(hosts.lab().server().ipv4(), listening.getLocalPort());
    hosts.serve(listening, this::reply);
    hosts.onClient(() -> exchange(SocketLab.factory().createSocket()));
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("written");
    hosts.lab().wire().forget();
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  private void reply(Socket socket) throws IOException {
    socket.getOutputStream().write('r');
    received.add(new String(socket.getInputStream().readAllBytes()));
  }

  private boolean exchange(Socket socket) throws IOException {
    try (socket) {
      socket.connect(server, 10_000);
      return use(socket);
    }
  }

  private static boolean use(Socket socket) throws IOException {
    socket.getOutputStream().write("written".getBytes());
    socket.shutdownOutput();
    assertThat(socket.getInputStream().readAllBytes()).containsExactly('r');
    return true;
  }

  private Socket connectedAndSwitchedOff(Socket socket) throws Exception {
    hosts.onClient(
        () -> {
          socket.connect(server, 10_000);
          return true;
        });
    assertThat(hosts.lab().wire().syns()).isEmpty();
    hosts.lab().client().sysctl("net.ipv4.tcp_fastopen", "2");
    return socket;
  }

  /** The calls that first make the connection. */
  enum First {
    WRITE {
      @Override
      boolean on(Socket socket) throws IOException {
        return use(socket);
      }
    },
    READ {
      @Override
      boolean on(Socket socket) throws IOException {
        return socket.getInputStream().read() == 'r';
      }
    },
    SHUTDOWN {
      @Override
      boolean on(Socket socket) throws IOException {
        socket.shutdownOutput();
        return socket.getInputStream().read() == 'r';
      }
    },
    CLOSE {
      @Override
      boolean on(Socket socket) throws IOException {
        socket.close();
        return true;
      }
    };

    abstract boolean on(Socket socket) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void theFirstUseConnectsPlainly(First first) throws Exception {
    try (Socket socket = connectedAndSwitchedOff(SocketLab.factory().createSocket())) {
      int port = socket.getLocalPort();
      assertThat(hosts.onClient(() -> first.on(socket))).isTrue();
      List<Segment> syns = hosts.lab().wire().syns();
      assertThat(syns).singleElement().satisfies(s -> assertThat(s.payload()).isEmpty());
      assertThat(syns.get(0).hasFastOpenOption()).isFalse();
      assertThat(syns.get(0).source().getPort()).isEqualTo(port);
    }
    assertThat(received.poll(10, TimeUnit.SECONDS))
        .isEqualTo(first == First.WRITE ? "written" : "");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void optionsAndTheLocalAddressStay(boolean bound) throws Exception {
    Map<String, Object> before;
    try (Socket plain = hosts.onClient(() -> prepared(SocketFactory.getDefault(), bound))) {
      before = optionsOf(plain);
    }
    try (Socket socket =
        connectedAndSwitchedOff(hosts.onClient(() -> prepared(SocketLab.factory(), bound)))) {
      Map<String, Object> ours = optionsOf(socket);
      InetSocketAddress local = (InetSocketAddress) socket.getLocalSocketAddress();
      assertThat(hosts.onClient(() -> use(socket))).isTrue();
      assertThat(optionsOf(socket)).isEqualTo(ours).isEqualTo(before);
      assertThat(socket.getLocalSocketAddress()).isEqualTo(local);
      assertThat(hosts.lab().wire().syns().get(0).source()).isEqualTo(local);
    }
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo("written");
  }

  private Socket prepared(SocketFactory factory, boolean bound) throws IOException {
    Socket socket = factory.createSocket();
    if (bound) {
      socket.bind(new InetSocketAddress(hosts.lab().client().ipv4(), 0));
    }
    socket.setTcpNoDelay(true);
    socket.setKeepAlive(true);
    socket.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, 77);
    socket.setOOBInline(true);
    socket.setTrafficClass(16);
    socket.setReceiveBufferSize(20_000);
    socket.setSoLinger(true, 5);
    socket.setSoTimeout(9_000);
    return socket;
  }

  /** The send buffer is left to the system, which makes it longer once the socket is connected. */
  private static Map<String, Object> optionsOf(Socket socket) throws IOException {
    Map<String, Object> options = new LinkedHashMap<>();
    options.put("no delay", socket.getTcpNoDelay());
    options.put("keep alive", socket.getKeepAlive());
    options.put("keep idle", socket.getOption(ExtendedSocketOptions.TCP_KEEPIDLE));
    options.put("urgent inline", socket.getOOBInline());
    options.put("traffic class", socket.getTrafficClass());
    options.put("receive buffer", socket.getReceiveBufferSize());
    options.put("linger", socket.getSoLinger());
    options.put("timeout", socket.getSoTimeout());
    options.put("reuse address", socket.getReuseAddress());
    options.put("reuse port", socket.getOption(StandardSocketOptions.SO_REUSEPORT));
    return options;
  }

  @Test
  void aServerThatHasGoneFailsTheFirstUseAsItFailsConnect() throws Exception {
    hosts.stop(listening);
    try (Socket socket = connectedAndSwitchedOff(SocketLab.factory().createSocket())) {
      assertThatThrownBy(() -> hosts.onClient(() -> use(socket)))
          .isExactlyInstanceOf(ConnectException.class)
          .hasMessage("Connection refused");
      assertThat(socket.isClosed()).isTrue();
    }
  }
}
