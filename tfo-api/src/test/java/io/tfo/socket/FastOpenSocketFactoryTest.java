package io.tfo.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.test.FullListener;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(60)
class FastOpenSocketFactoryTest {
  private final RecordingConnector connector =
      new RecordingConnector(FastOpenCapability.available("for the test"), new ArrayList<>());
  private final FastOpenSocketFactory factory = FastOpenSocketFactory.over(connector);

  /** Connects plainly, and records the SYN data. */
  private record RecordingConnector(FastOpenCapability capability, List<byte[]> synData)
      implements FastOpenConnector {
    @Override
    public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer data)
        throws IOException {
      byte[] copy = new byte[data.remaining()];
      data.duplicate().get(copy);
      synData.add(copy);
      return FastOpenConnector.system().connect(channel, remote, data);
    }

    @Override
    public FastOpenOutcome outcome(SocketChannel channel) throws IOException {
      FastOpenConnector.system().outcome(channel);
      return FastOpenOutcome.SYN_DATA_ACKED;
    }
  }

  /** Every way to create a connected socket. */
  enum Creation {
    UNCONNECTED {
      @Override
      Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws IOException {
        Socket socket = factory.createSocket();
        socket.connect(to);
        return socket;
      }
    },
    BY_NAME {
      @Override
      Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws IOException {
        return factory.createSocket(to.getAddress().getHostAddress(), to.getPort());
      }
    },
    BY_NAME_FROM {
      @Override
      Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws IOException {
        return factory.createSocket(
            to.getAddress().getHostAddress(), to.getPort(), OneConnectionServer.loopback(), 0);
      }
    },
    BY_ADDRESS {
      @Override
      Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws IOException {
        return factory.createSocket(to.getAddress(), to.getPort());
      }
    },
    BY_ADDRESS_FROM {
      @Override
      Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws IOException {
        return factory.createSocket(
            to.getAddress(), to.getPort(), OneConnectionServer.loopback(), 0);
      }
    };

    abstract Socket create(FastOpenSocketFactory factory, InetSocketAddress to) throws IOException;
  }

  @ParameterizedTest
  @EnumSource
  void givesTheFirstWriteToTheConnector(Creation creation) throws Exception {
    try (OneConnectionServer server = new OneConnectionServer();
        Socket socket = creation.create(factory, server.address())) {
      assertThat(connector.synData()).isEmpty();
      assertThatThrownBy(() -> factory.outcome(socket))
          .isInstanceOf(NotYetConnectedException.class);

      socket.getOutputStream().write(OneConnectionServer.bytes(20_000));
      socket.getOutputStream().write(1);
      socket.shutdownOutput();

      assertThat(connector.synData()).singleElement().isEqualTo(OneConnectionServer.bytes(8192));
      assertThat(server.received()).hasSize(20_001).startsWith(OneConnectionServer.bytes(20_000));
      assertThat(factory.outcome(socket)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
    }
  }

  @Test
  void reportsARefusedPortAtTheFirstWriteAndAtEachLaterCall() throws Exception {
    InetSocketAddress refusing = OneConnectionServer.refusing();
    try (Socket socket = factory.createSocket(refusing.getAddress(), refusing.getPort())) {
      assertThat(socket.isConnected()).isTrue();
      assertThatThrownBy(() -> socket.getOutputStream().write(1))
          .isExactlyInstanceOf(ConnectException.class);
      assertThatThrownBy(() -> socket.getOutputStream().write(1))
          .isExactlyInstanceOf(SocketException.class)
          .hasMessageContaining("Connection refused");
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isExactlyInstanceOf(SocketException.class)
          .hasCauseInstanceOf(ConnectException.class);
    }
    try (Socket socket = factory.createSocket(refusing.getAddress(), refusing.getPort())) {
      assertThatThrownBy(() -> socket.getInputStream().read())
          .isExactlyInstanceOf(ConnectException.class);
    }
  }

  @Test
  void reportsARefusedPortInConnectIfTheDestinationIsExempt() throws Exception {
    InetSocketAddress refusing = OneConnectionServer.refusing();
    FastOpenSocketFactory plain = factory.plainFor(to -> to.equals(refusing));
    FastOpenSocketFactory others = factory.onlyFor(to -> !to.equals(refusing));
    for (FastOpenSocketFactory exempt : List.of(plain, others)) {
      assertThatThrownBy(() -> exempt.createSocket(refusing.getAddress(), refusing.getPort()))
          .isExactlyInstanceOf(ConnectException.class);
    }
  }

  @Test
  void reportsARefusedPortInConnectIfFastOpenIsNotAvailable() throws Exception {
    InetSocketAddress refusing = OneConnectionServer.refusing();
    FastOpenSocketFactory off = FastOpenSocketFactory.over(FastOpenConnector.system());
    assertThatThrownBy(() -> off.createSocket(refusing.getAddress(), refusing.getPort()))
        .isExactlyInstanceOf(ConnectException.class);
  }

  @Test
  void reportsAnUnknownHostInConnect() {
    assertThatThrownBy(() -> factory.createSocket("host.invalid", 80))
        .isInstanceOf(UnknownHostException.class);
    assertThatThrownBy(
            () -> factory.createSocket().connect(InetSocketAddress.createUnresolved("nowhere", 80)))
        .isInstanceOf(UnknownHostException.class);
  }

  @Test
  void appliesTheTimeoutOfConnectToTheFirstWrite() throws Exception {
    try (FullListener full = new FullListener();
        Socket socket = factory.createSocket()) {
      socket.connect(full.address(), 200);
      long start = System.nanoTime();
      assertThatThrownBy(() -> socket.getOutputStream().write(1))
          .isExactlyInstanceOf(SocketTimeoutException.class);
      assertThat(System.nanoTime() - start).isBetween(190_000_000L, 10_000_000_000L);
    }
  }

  @Test
  void keepsTheLocalPortThatItHadBeforeTheFirstWrite() throws Exception {
    try (OneConnectionServer server = new OneConnectionServer();
        Socket socket =
            factory.createSocket(server.address().getAddress(), server.address().getPort())) {
      SocketAddress local = socket.getLocalSocketAddress();
      assertThat(local)
          .isEqualTo(new InetSocketAddress(OneConnectionServer.loopback(), socket.getLocalPort()));
      assertThat(socket.getLocalPort()).isPositive();

      socket.getOutputStream().write(1);

      assertThat(socket.getLocalSocketAddress()).isEqualTo(local);
    }
  }

  @Test
  void connectsToLocalhostForTheWildcardAddress() throws Exception {
    try (Socket socket = factory.createSocket()) {
      socket.connect(any(80));
      assertThat(socket.getInetAddress()).isEqualTo(InetAddress.getLocalHost());
    }
  }

  private static InetSocketAddress any(int port) {
    return new InetSocketAddress((InetAddress) null, port);
  }

  @Test
  void createsOrdinarySocketsIfASocksProxyIsSet() throws Exception {
    System.setProperty("socksProxyHost", "proxy.invalid");
    try (Socket socket = factory.createSocket()) {
      assertThat(socket.getClass()).isEqualTo(Socket.class);
      assertThatThrownBy(() -> factory.outcome(socket))
          .isInstanceOf(IllegalArgumentException.class);
    } finally {
      System.clearProperty("socksProxyHost");
    }
  }

  @Test
  void canBeCreatedByItsClassName() throws Exception {
    assertThat(FastOpenSocketFactory.getDefault()).isInstanceOf(FastOpenSocketFactory.class);
    assertThat(FastOpenSocketFactory.class.getConstructor().newInstance().createSocket())
        .isInstanceOf(FastOpenSocket.class);
  }

  /** Runs a task on a virtual thread; skips the test if this JDK has none. */
  private static Thread startVirtual(Runnable task) throws Exception {
    assumeTrue(Runtime.version().feature() >= 21, "no virtual threads before JDK 21");
    return (Thread) Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
  }

  private interface Wait {
    void on(Socket socket) throws IOException;
  }

  /** Interrupts a virtual thread while it waits on a socket, and returns what the thread sees. */
  private static String interrupted(SocketFactory sockets, Wait waiting) throws Exception {
    try (ServerSocket server = new ServerSocket(0, 1, OneConnectionServer.loopback());
        Socket socket =
            sockets.createSocket(OneConnectionServer.loopback(), server.getLocalPort())) {
      CompletableFuture<String> end = new CompletableFuture<>();
      Thread thread =
          startVirtual(
              () -> {
                Throwable thrown = catchThrowable(() -> waiting.on(socket));
                end.complete(thrown.getClass() + " " + Thread.currentThread().isInterrupted());
              });
      server.accept();
      while (thread.getState() != Thread.State.WAITING && !end.isDone()) {
        Thread.onSpinWait();
      }
      thread.interrupt();
      return end.get(20, TimeUnit.SECONDS)
          + catchThrowable(() -> socket.getOutputStream().write(1)).getClass();
    }
  }

  @Test
  void isClosedByAnInterruptOfAVirtualThreadAsAPlainSocketIs() throws Exception {
    Wait reading = socket -> socket.getInputStream().read();
    assertThat(interrupted(factory, reading))
        .isEqualTo(interrupted(SocketFactory.getDefault(), reading));
  }

  @Test
  void holdsNoCarrierThreadWhileVirtualThreadsWait() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 200, OneConnectionServer.loopback())) {
      List<CompletableFuture<Integer>> answers = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        CompletableFuture<Integer> answer = new CompletableFuture<>();
        answers.add(answer);
        startVirtual(
            () -> {
              try (Socket socket =
                  factory.createSocket(OneConnectionServer.loopback(), server.getLocalPort())) {
                socket.getOutputStream().write(1);
                answer.complete(socket.getInputStream().read());
              } catch (IOException e) {
                answer.completeExceptionally(e);
              }
            });
      }
      List<Socket> accepted = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        accepted.add(server.accept()); // all wait for an answer before the first one gets it
      }
      for (Socket socket : accepted) {
        socket.getOutputStream().write(2);
      }
      for (CompletableFuture<Integer> answer : answers) {
        assertThat(answer.get(20, TimeUnit.SECONDS)).isEqualTo(2);
      }
    }
  }
}
