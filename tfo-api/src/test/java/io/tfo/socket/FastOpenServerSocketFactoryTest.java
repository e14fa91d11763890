package io.tfo.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.spi.ServerSocketSupport;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
@SuppressWarnings("try") // a close is part of a test
class FastOpenServerSocketFactoryTest {
  private final Recorder listener = new Recorder(new ArrayList<>());
  private final FastOpenServerSocketFactory factory = FastOpenServerSocketFactory.over(listener);

  /** Binds plainly, and records the Fast Open backlogs. */
  private record Recorder(List<Integer> backlogs) implements FastOpenListener, ServerSocketSupport {
    @Override
    public FastOpenCapability capability() {
      return FastOpenCapability.available("for the test");
    }

    @Override
    public void bind(ServerSocket socket, int fastOpenBacklog, Binding binding) throws IOException {
      backlogs.add(fastOpenBacklog);
      binding.bind();
    }

    @Override
    public FastOpenOutcome outcome(Socket accepted) {
      return FastOpenOutcome.SYN_DATA_ACKED;
    }

    @Override
    public ServerSocketChannel bind(
        ServerSocketChannel channel, @Nullable SocketAddress local, int backlog, int fastOpen) {
      throw new AssertionError("a server socket is no channel");
    }

    @Override
    public FastOpenOutcome outcome(SocketChannel accepted) {
      throw new AssertionError("a socket is no channel");
    }
  }

  /** Every way to create a listening socket. */
  enum Creation {
    UNBOUND {
      @Override
      ServerSocket create(FastOpenServerSocketFactory factory) throws IOException {
        ServerSocket socket = factory.createServerSocket();
        socket.bind(null);
        return socket;
      }
    },
    PORT {
      @Override
      ServerSocket create(FastOpenServerSocketFactory factory) throws IOException {
        return factory.createServerSocket(0);
      }
    },
    BACKLOG {
      @Override
      ServerSocket create(FastOpenServerSocketFactory factory) throws IOException {
        return factory.createServerSocket(0, 7);
      }
    },
    ADDRESS {
      @Override
      ServerSocket create(FastOpenServerSocketFactory factory) throws IOException {
        return factory.createServerSocket(0, 7, OneConnectionServer.loopback());
      }
    };

    abstract ServerSocket create(FastOpenServerSocketFactory factory) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void bindsWithTheListenerAndAcceptsOrdinarySockets(Creation creation) throws Exception {
    try (ServerSocket server = creation.create(factory.withFastOpenBacklog(9));
        Socket client = new Socket(OneConnectionServer.loopback(), server.getLocalPort());
        Socket accepted = server.accept()) {
      assertThat(listener.backlogs()).containsExactly(9);
      assertThat(accepted.getRemoteSocketAddress()).isEqualTo(client.getLocalSocketAddress());
      assertThat(accepted.getLocalSocketAddress()).isEqualTo(client.getRemoteSocketAddress());
      assertThat(factory.outcome(accepted)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
      accepted.getOutputStream().write(5);
      assertThat(client.getInputStream().read()).isEqualTo(5);
    }
  }

  @Test
  void hasInEachStateTheStateOfAPlainServerSocket() throws Exception {
    try (ServerSocket plain = new ServerSocket();
        ServerSocket ours = factory.createServerSocket()) {
      assertThat(state(ours)).isEqualTo(state(plain));
      plain.bind(new InetSocketAddress(OneConnectionServer.loopback(), 0));
      ours.bind(new InetSocketAddress(OneConnectionServer.loopback(), 0));
      assertThat(state(ours)).isEqualTo(state(plain));
      assertThatThrownBy(() -> ours.bind(null)).isExactlyInstanceOf(SocketException.class);
      plain.close();
      ours.close();
      assertThat(state(ours)).isEqualTo(state(plain));
      assertThatThrownBy(ours::accept).isExactlyInstanceOf(SocketException.class);
    }
  }

  private static String state(ServerSocket socket) throws Exception {
    String options =
        socket.isClosed()
            ? ""
            : "%s %s %s"
                .formatted(
                    socket.getReuseAddress(),
                    socket.getSoTimeout(),
                    socket.getOption(StandardSocketOptions.SO_REUSEADDR));
    return "%s %s %s %s %s %s %s"
        .formatted(
            socket.isBound(),
            socket.isClosed(),
            socket.getLocalPort() > 0,
            socket.getInetAddress(),
            socket.getChannel(),
            socket.toString().replaceAll("\\d{3,}", "PORT"),
            options);
  }

  @Test
  void throwsABindExceptionForAPortInUse() throws Exception {
    try (ServerSocket first = factory.createServerSocket(0, 0, OneConnectionServer.loopback())) {
      assertThatThrownBy(
              () ->
                  factory.createServerSocket(
                      first.getLocalPort(), 0, OneConnectionServer.loopback()))
          .isExactlyInstanceOf(BindException.class);
    }
  }

  @Test
  void acceptTimesOutAsOnAPlainServerSocket() throws Exception {
    try (ServerSocket server = factory.createServerSocket(0)) {
      server.setSoTimeout(20);
      assertThatThrownBy(server::accept).isExactlyInstanceOf(SocketTimeoutException.class);
      try (Socket client = new Socket(InetAddress.getLoopbackAddress(), server.getLocalPort());
          Socket accepted = server.accept()) {
        assertThat(accepted.getPort()).isEqualTo(client.getLocalPort());
        assertThat(accepted.getSoTimeout()).isZero();
      }
    }
  }

  @Test
  void acceptIsEndedByACloseFromAnotherThread() throws Exception {
    ServerSocket server = factory.createServerSocket(0);
    CompletableFuture<Socket> accepting = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                accepting.complete(server.accept());
              } catch (IOException e) {
                accepting.completeExceptionally(e);
              }
            });
    thread.start();
    while (thread.getState() == Thread.State.NEW) {
      Thread.onSpinWait();
    }
    server.close();
    assertThatThrownBy(() -> accepting.get(20, TimeUnit.SECONDS))
        .isInstanceOf(ExecutionException.class)
        .cause()
        .isExactlyInstanceOf(SocketException.class);
  }

  @Test
  void rejectsANegativeBacklogAndSocketsThatAreNotAccepted() throws Exception {
    assertThatThrownBy(() -> factory.withFastOpenBacklog(-1))
        .isInstanceOf(IllegalArgumentException.class);
    FastOpenServerSocketFactory plain = FastOpenServerSocketFactory.over(FastOpenListener.system());
    try (Socket unconnected = new Socket()) {
      assertThatThrownBy(() -> plain.outcome(unconnected))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(FastOpenServerSocketFactory.getDefault())
        .isInstanceOf(FastOpenServerSocketFactory.class);
  }

  @Test
  void createsOrdinaryServerSocketsOverAListenerThatKnowsNoServerSockets() throws Exception {
    FastOpenServerSocketFactory plain = FastOpenServerSocketFactory.over(FastOpenListener.system());
    try (ServerSocket server = plain.createServerSocket(0, 7, OneConnectionServer.loopback());
        Socket client = new Socket(OneConnectionServer.loopback(), server.getLocalPort());
        Socket accepted = server.accept()) {
      assertThat(server.getClass()).isEqualTo(ServerSocket.class);
      assertThat(client.isConnected()).isTrue();
      assertThat(plain.outcome(accepted)).isEqualTo(FastOpenOutcome.UNKNOWN);
    }
  }
}
