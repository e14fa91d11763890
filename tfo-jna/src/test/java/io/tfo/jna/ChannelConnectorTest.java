package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.lab.FullListener;
import io.tfo.test.Connecting;
import io.tfo.test.GoneMemory;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@SuppressWarnings("try") // a close is part of a test
class ChannelConnectorTest {
  private final ScriptedTcp tcp = new ScriptedTcp();
  private final FastOpenConnector connector = tcp.backend().connector();

  static Stream<Arguments> buffers() {
    return Stream.of(true, false)
        .flatMap(
            nonBlocking ->
                Stream.of(0, 1, 1420, Integer.MAX_VALUE)
                    .flatMap(
                        taken ->
                            Stream.of(
                                    OneConnectionServer.buffer(0),
                                    OneConnectionServer.buffer(10),
                                    OneConnectionServer.buffer(3000).position(17),
                                    OneConnectionServer.buffer(3000).position(17).slice(),
                                    OneConnectionServer.buffer(3000).asReadOnlyBuffer(),
                                    direct(3000),
                                    direct(3000).position(17),
                                    direct(3000).asReadOnlyBuffer(),
                                    direct(3000).position(17).asReadOnlyBuffer().slice(),
                                    OneConnectionServer.buffer(CallBuffers.MOST_SYN_DATA + 1),
                                    direct(CallBuffers.MOST_SYN_DATA + 1),
                                    direct(3 << 20))
                                .map(data -> Arguments.of(nonBlocking, taken, data))));
  }

  @ParameterizedTest
  @MethodSource("buffers")
  void deliversExactlyTheDataWhateverTheSynTook(boolean nonBlocking, int taken, ByteBuffer data)
      throws Exception {
    tcp.nonBlocking = nonBlocking;
    tcp.syn = ScriptedTcp.taking(taken);
    byte[] expected = new byte[data.remaining()];
    data.duplicate().get(expected);
    int limit = data.limit();
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      assertThat(connector.connect(channel, peer.address(), data)).isTrue();

      assertThat(data.position()).isEqualTo(limit);
      assertThat(data.limit()).isEqualTo(limit);
      assertThat(channel.isBlocking()).isTrue();
      assertThat(channel.isConnected()).isTrue();
      assertThat(channel.getRemoteAddress()).isEqualTo(peer.address());
      assertThat(channel.getLocalAddress()).isNotNull();
      channel.shutdownOutput();
      assertThat(Arrays.equals(peer.received(), expected)).isTrue();
      assertThat(tcp.calls)
          .containsExactly(
              "probe", "sendSyn " + Math.min(expected.length, CallBuffers.MOST_SYN_DATA));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void connectsPlainlyWhereNoSynWasSent(boolean nonBlocking) throws Exception {
    tcp.nonBlocking = nonBlocking;
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      assertThat(connector.connect(channel, peer.address(), OneConnectionServer.buffer(5)))
          .isTrue();

      assertThat(tcp.calls).containsExactly("probe", "sendSyn 5");
      channel.shutdownOutput();
      assertThat(peer.received()).isEqualTo(OneConnectionServer.bytes(5));
    }
  }

  @Test
  void leavesANonBlockingChannelPendingAndThePositionAtWhatTheSynTook() throws Exception {
    tcp.syn = ScriptedTcp.taking(4);
    ByteBuffer data = OneConnectionServer.buffer(10).position(1);
    try (OneConnectionServer peer = new OneConnectionServer();
        Selector selector = Selector.open();
        SocketChannel channel = SocketChannel.open()) {
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, 0);

      assertThat(connector.connect(channel, peer.address(), data)).isFalse();

      assertThat(channel.isConnectionPending()).isTrue();
      assertThat(channel.isConnected()).isFalse();
      assertThat(data.position()).isEqualTo(5);
      key.interestOps(SelectionKey.OP_CONNECT);
      assertThat(selector.select(20_000)).isOne();
      assertThat(key.isConnectable()).isTrue();
      assertThat(channel.finishConnect()).isTrue();
      assertThat(channel.getRemoteAddress()).isEqualTo(peer.address());
      assertThat(channel.write(data)).isEqualTo(5);
      channel.shutdownOutput();
      assertThat(peer.received())
          .isEqualTo(Arrays.copyOfRange(OneConnectionServer.bytes(10), 1, 10));
    }
  }

  @Test
  void throwsWhatTheJdkThrowsWhereTheSynIsRefused() throws Exception {
    tcp.nonBlocking = true;
    tcp.syn =
        (fd, address, addressLength, data, length) -> {
          ScriptedTcp.taking(0).send(fd, address, addressLength, data, 0);
          return Math.min(2, length);
        };
    InetSocketAddress refusing = OneConnectionServer.refusing();
    ByteBuffer data = OneConnectionServer.buffer(10).position(3);
    try (SocketChannel jdk = SocketChannel.open();
        SocketChannel ours = SocketChannel.open()) {
      Throwable expected = catchThrowable(() -> jdk.connect(refusing));

      assertThatThrownBy(() -> connector.connect(ours, refusing, data))
          .isExactlyInstanceOf(ConnectException.class)
          .hasMessage(expected.getMessage());

      assertThat(data.position()).isEqualTo(3);
      assertThat(ours.isOpen()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closesAChannelThatCanNoLongerBeConnected(boolean nonBlocking) throws Exception {
    tcp.nonBlocking = nonBlocking;
    tcp.syn =
        (fd, address, addressLength, data, length) -> {
          throw new ConnectException("undone");
        };
    ByteBuffer data = OneConnectionServer.buffer(10).position(3);
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(() -> connector.connect(channel, OneConnectionServer.refusing(), data))
          .isInstanceOf(ConnectException.class)
          .hasMessage("undone");
      assertThat(data.position()).isEqualTo(3);
      assertThat(channel.isOpen()).isFalse();
    }
  }

  @Test
  void restoresThePositionAndTheModeWhereTheBackendFails() throws Exception {
    tcp.nonBlocking = true;
    tcp.syn =
        (fd, address, addressLength, data, length) -> {
          throw new IllegalStateException("a bug");
        };
    ByteBuffer data = OneConnectionServer.buffer(10).position(3);
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(() -> connector.connect(channel, OneConnectionServer.refusing(), data))
          .hasMessage("a bug");
      assertThat(data.position()).isEqualTo(3);
      assertThat(channel.isBlocking()).isTrue();
      assertThat(channel.isConnectionPending()).isFalse();
    }
  }

  static Stream<Arguments> wrongUses() {
    InetSocketAddress resolved = new InetSocketAddress(OneConnectionServer.loopback(), 1);
    return Stream.of(
        Arguments.of(
            InetSocketAddress.createUnresolved("host.invalid", 1),
            UnresolvedAddressException.class),
        Arguments.of(
            UnixDomainSocketAddress.of(Path.of("no-such")), UnsupportedAddressTypeException.class),
        Arguments.of(
            new SocketAddress() {
              private static final long serialVersionUID = 1;
            },
            UnsupportedAddressTypeException.class),
        Arguments.of(null, NullPointerException.class),
        Arguments.of(resolved, null));
  }

  @ParameterizedTest
  @MethodSource("wrongUses")
  @SuppressWarnings("NullAway") // one of the wrong uses is a null
  void refusesAWrongAddressAsTheJdkDoes(SocketAddress address, Class<? extends Throwable> expected)
      throws Exception {
    tcp.nonBlocking = true;
    try (SocketChannel jdk = SocketChannel.open();
        SocketChannel ours = SocketChannel.open()) {
      Throwable jdks = catchThrowable(() -> jdk.connect(address));
      assertThat(jdks).isInstanceOf(expected == null ? ConnectException.class : expected);

      assertThatThrownBy(() -> connector.connect(ours, address, OneConnectionServer.buffer(1)))
          .hasSameClassAs(jdks);
      assertThat(ours.isOpen()).isEqualTo(jdk.isOpen());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void refusesAClosedConnectedOrPendingChannelAsTheJdkDoes(boolean nonBlocking) throws Exception {
    tcp.nonBlocking = nonBlocking;
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel connected = SocketChannel.open(peer.address());
        SocketChannel pending = SocketChannel.open()) {
      SocketAddress address = peer.address();
      SocketChannel closed = SocketChannel.open();
      closed.close();
      Throwable expected = catchThrowable(() -> closed.connect(address));
      assertThat(expected).isInstanceOf(ClosedChannelException.class);

      assertThatThrownBy(() -> connector.connect(closed, address, OneConnectionServer.buffer(1)))
          .hasSameClassAs(expected);
      assertThatThrownBy(() -> connector.connect(connected, address, OneConnectionServer.buffer(1)))
          .isInstanceOf(AlreadyConnectedException.class);
      pending.configureBlocking(false);
      assertThat(pending.connect(address)).isFalse();
      assertThatThrownBy(() -> connector.connect(pending, address, OneConnectionServer.buffer(1)))
          .isInstanceOf(ConnectionPendingException.class);

      assertThat(connected.isBlocking()).isTrue();
      assertThat(connected.isConnected()).isTrue();
      assertThat(pending.isConnectionPending()).isTrue();
      assertThat(tcp.calls).containsExactly("probe");
    }
  }

  @Test
  void leavesTheWildcardToTheJdkWhichConnectsItToTheLocalHost() throws Exception {
    try (ServerSocketChannel listener = ServerSocketChannel.open().bind(null);
        SocketChannel channel = SocketChannel.open()) {
      int port = ((InetSocketAddress) listener.getLocalAddress()).getPort();

      assertThat(
              connector.connect(
                  channel, new InetSocketAddress(port), OneConnectionServer.buffer(1)))
          .isTrue();

      assertThat(tcp.calls).containsExactly("probe");
    }
  }

  @Test
  void handsAnIpv4ChannelItsShortAddress() throws Exception {
    int[] seen = new int[1];
    tcp.syn =
        (fd, address, addressLength, data, length) -> {
          seen[0] = addressLength;
          return NativeTcp.NOT_SENT;
        };
    try (ServerSocketChannel listener =
            ServerSocketChannel.open(StandardProtocolFamily.INET)
                .bind(
                    new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0));
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET)) {
      assertThat(
              connector.connect(channel, listener.getLocalAddress(), OneConnectionServer.buffer(1)))
          .isTrue();
      assertThat(seen[0]).isEqualTo(16);
    }
  }

  @Test
  void connectsAUnixDomainChannelPlainly(@TempDir Path folder) throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
    try (ServerSocketChannel listener =
            ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      assertThatThrownBy(() -> connector.outcome(channel))
          .isInstanceOf(NotYetConnectedException.class);
      assertThat(
              connector.connect(channel, listener.getLocalAddress(), OneConnectionServer.buffer(1)))
          .isTrue();

      assertThat(tcp.calls).containsExactly("probe");
      assertThat(connector.outcome(channel)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
    }
  }

  @Test
  void connectsAForeignChannelPlainly() throws Exception {
    SocketChannel foreign = mock(SocketChannel.class);
    when(foreign.connect(any())).thenReturn(true);
    when(foreign.isOpen()).thenReturn(true);
    when(foreign.isConnected()).thenReturn(true);
    InetSocketAddress address = OneConnectionServer.refusing();

    assertThat(connector.connect(foreign, address, ByteBuffer.allocate(0))).isTrue();

    verify(foreign).connect(address);
    assertThat(tcp.calls).containsExactly("probe");
    assertThat(connector.outcome(foreign)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void closesByInterruptAsTheJdkDoes(boolean nonBlocking) throws Exception {
    tcp.nonBlocking = nonBlocking;
    ByteBuffer data = OneConnectionServer.buffer(10);
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      Thread.currentThread().interrupt();
      try {
        assertThatThrownBy(() -> connector.connect(channel, peer.address(), data))
            .isInstanceOf(ClosedByInterruptException.class);
      } finally {
        assertThat(Thread.interrupted()).isTrue();
      }
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isZero();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anInterruptAfterTheSynEndsTheConnectAsTheJdkDoes(boolean nonBlocking) throws Exception {
    tcp.nonBlocking = nonBlocking;
    tcp.syn =
        (fd, address, addressLength, data, length) -> {
          Thread.currentThread().interrupt();
          return ScriptedTcp.taking(1).send(fd, address, addressLength, data, length);
        };
    ByteBuffer data = OneConnectionServer.buffer(10);
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(() -> connector.connect(channel, peer.address(), data))
          .isInstanceOf(ClosedByInterruptException.class);
      assertThat(Thread.interrupted()).isTrue();
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isZero();
    }
  }

  /** The arena of the buffer is closed (JDK 22): its memory may be in use elsewhere by now. */
  @Test
  @EnabledForJreRange(min = JRE.JAVA_22)
  void sendsNothingOfABufferWhoseMemoryIsGone() throws Exception {
    ByteBuffer data = GoneMemory.buffer(64);
    tcp.syn = ScriptedTcp.taking(64);
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(() -> connector.connect(channel, peer.address(), data))
          .isInstanceOf(IllegalStateException.class);
      assertThat(channel.isConnectionPending()).isFalse();
      assertThat(tcp.calls).noneMatch(call -> call.startsWith("sendSyn"));
      channel.close();
      assertThat(receivedFromALaterClient(peer)).containsExactly(1);
    }
  }

  /** Connects and sends a byte. The server receives it if no other client came before. */
  private static byte[] receivedFromALaterClient(OneConnectionServer peer) throws Exception {
    try (SocketChannel later = SocketChannel.open(peer.address())) {
      later.write(OneConnectionServer.buffer(1));
    }
    return peer.received();
  }

  @Test
  void isEndedByACloseFromAnotherThread() throws Exception {
    tcp.nonBlocking = true;
    tcp.syn = ScriptedTcp.taking(0);
    ByteBuffer data = OneConnectionServer.buffer(10);
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      SocketAddress address = full.address();
      CompletableFuture<Throwable> thrown =
          CompletableFuture.supplyAsync(
              () -> catchThrowable(() -> connector.connect(channel, address, data)),
              command -> new Thread(command).start());
      Connecting.awaitPending(channel);

      channel.close();

      assertThat(thrown.get(20, TimeUnit.SECONDS)).isInstanceOf(AsynchronousCloseException.class);
    }
  }

  @Test
  void isEndedByATimeoutWhileTheSynIsUnanswered() throws Exception {
    tcp.nonBlocking = true;
    tcp.syn = ScriptedTcp.taking(0);
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(
              () ->
                  connector.connect(
                      channel,
                      full.address(),
                      OneConnectionServer.buffer(10),
                      Duration.ofMillis(50)))
          .isInstanceOf(java.net.SocketTimeoutException.class);
      assertThat(channel.isOpen()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isEndedByACloseWhileTheSynIsSent(boolean sent) throws Exception {
    tcp.nonBlocking = true;
    ByteBuffer data = OneConnectionServer.buffer(10);
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      Thread closer =
          new Thread(
              () -> {
                try {
                  channel.close();
                } catch (IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      tcp.syn =
          (fd, address, addressLength, bytes, length) -> {
            closer.start();
            // The close has begun, and waits for the lock that is held here.
            while (channel.isOpen()) {
              Thread.onSpinWait();
            }
            return sent
                ? ScriptedTcp.taking(1).send(fd, address, addressLength, bytes, length)
                : NativeTcp.NOT_SENT;
          };

      assertThatThrownBy(() -> connector.connect(channel, peer.address(), data))
          .isInstanceOf(AsynchronousCloseException.class);

      closer.join(20_000);
      assertThat(closer.isAlive()).isFalse();
      assertThat(data.position()).isZero();
    }
  }

  /**
   * The second thread tries again and again, to meet the moments in which the first changes the
   * mode.
   */
  @Test
  void aSecondThreadThatConnectsTheSameChannelDoesNoHarm() throws Exception {
    tcp.nonBlocking = true;
    tcp.syn = ScriptedTcp.taking(1);
    for (int i = 0; i < 300; i++) {
      try (OneConnectionServer peer = new OneConnectionServer();
          SocketChannel channel = SocketChannel.open()) {
        SocketAddress address = peer.address();
        CompletableFuture<List<Object>> other =
            CompletableFuture.supplyAsync(
                () -> {
                  List<Object> results = new ArrayList<>();
                  do {
                    results.add(result(channel, address));
                  } while (!channel.isConnected());
                  return results;
                });

        List<Object> results = new ArrayList<>(List.of(result(channel, address)));

        results.addAll(other.get(20, TimeUnit.SECONDS));
        assertThat(results).containsOnlyOnce(true).doesNotContain(false);
        assertThat(results).allMatch(r -> r.equals(true) || r instanceof IllegalStateException);
        assertThat(channel.isBlocking()).isTrue();
      }
    }
  }

  private Object result(SocketChannel channel, SocketAddress address) {
    try {
      return connector.connect(channel, address, OneConnectionServer.buffer(2));
    } catch (IOException | RuntimeException e) {
      return e;
    }
  }

  @Test
  void tellsTheOutcomeOfAConnectedChannelOnly() throws Exception {
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(() -> connector.outcome(channel))
          .isInstanceOf(NotYetConnectedException.class);
      assertThat(connector.connect(channel, peer.address(), OneConnectionServer.buffer(1)))
          .isTrue();
      assertThat(connector.outcome(channel)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
      channel.close();
      assertThatThrownBy(() -> connector.outcome(channel))
          .isInstanceOf(ClosedChannelException.class);
    }
  }

  private static ByteBuffer direct(int size) {
    return ByteBuffer.allocateDirect(size).put(OneConnectionServer.bytes(size)).flip();
  }
}
