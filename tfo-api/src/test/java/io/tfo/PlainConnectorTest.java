package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.tfo.lab.FullListener;
import io.tfo.test.Connecting;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(60)
@SuppressWarnings("try") // a close is part of a test
class PlainConnectorTest {
  private final FastOpenConnector plain =
      new PlainConnector(FastOpenCapability.unsupported("plain"));

  static Stream<Arguments> buffers() {
    ByteBuffer sliced = ByteBuffer.allocate(20).put(OneConnectionServer.bytes(20)).flip();
    sliced.position(5).limit(15);
    ByteBuffer direct = ByteBuffer.allocateDirect(100).put(OneConnectionServer.bytes(100)).flip();
    ByteBuffer large =
        ByteBuffer.allocateDirect(4 << 20).put(OneConnectionServer.bytes(4 << 20)).flip();
    return Stream.of(
        Arguments.of("heap", OneConnectionServer.buffer(10)),
        Arguments.of("read-only", OneConnectionServer.buffer(10).asReadOnlyBuffer()),
        Arguments.of("positioned", sliced),
        Arguments.of("slice", sliced.slice()),
        Arguments.of("direct", direct),
        Arguments.of("direct, positioned", direct.duplicate().position(50)),
        Arguments.of("direct, read-only", direct.asReadOnlyBuffer()),
        Arguments.of("empty", ByteBuffer.allocate(0)),
        Arguments.of("4 MB, heap", OneConnectionServer.buffer(4 << 20)),
        Arguments.of("4 MB, direct", large));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("buffers")
  void sendsAllOfAnyBuffer(String name, ByteBuffer data) throws Exception {
    byte[] expected = new byte[data.remaining()];
    data.duplicate().get(expected);
    int limit = data.limit();
    try (OneConnectionServer server = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      assertThat(plain.connect(channel, server.address(), data)).isTrue();

      assertThat(data.position()).as(name).isEqualTo(limit);
      assertThat(data.limit()).isEqualTo(limit);
      channel.shutdownOutput();
      assertThat(Arrays.equals(server.received(), expected)).isTrue();
      assertThat(plain.outcome(channel)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
    }
  }

  @Test
  void opensABlockingConnectedChannel() throws Exception {
    try (OneConnectionServer server = new OneConnectionServer();
        SocketChannel channel = plain.open(server.address(), OneConnectionServer.buffer(5))) {
      assertThat(channel.isBlocking()).isTrue();
      assertThat(channel.isConnected()).isTrue();
      assertThat(channel.getRemoteAddress()).isEqualTo(server.address());
      channel.shutdownOutput();
      assertThat(server.received()).isEqualTo(OneConnectionServer.bytes(5));
    }
  }

  @Test
  void leavesTheDataOfANonBlockingChannelToTheCaller() throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(10);
    try (OneConnectionServer server = new OneConnectionServer();
        Selector selector = Selector.open();
        SocketChannel channel = SocketChannel.open()) {
      channel.configureBlocking(false);

      boolean connected = plain.connect(channel, server.address(), data);

      assertThat(data.position()).isZero();
      if (!connected) {
        channel.register(selector, SelectionKey.OP_CONNECT);
        assertThat(selector.select(20_000)).isOne();
        assertThat(channel.finishConnect()).isTrue();
      }
      assertThat(channel.write(data)).isEqualTo(10);
      channel.shutdownOutput();
      assertThat(server.received()).isEqualTo(OneConnectionServer.bytes(10));
    }
  }

  @ParameterizedTest
  @EnumSource
  @SuppressWarnings("NullAway") // one of the wrong uses is a null
  void rejectsWrongUseAsTheJdkDoes(WrongUse wrongUse) throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(10).position(3);
    try (OneConnectionServer first = new OneConnectionServer();
        OneConnectionServer second = new OneConnectionServer();
        SocketChannel jdk = wrongUse.open(first.address());
        SocketChannel ours = wrongUse.open(second.address())) {
      Throwable expected = catchThrowable(() -> jdk.connect(wrongUse.address(first.address())));
      assertThat(expected).isNotNull();

      assertThatThrownBy(() -> plain.connect(ours, wrongUse.address(second.address()), data))
          .hasSameClassAs(expected);

      assertThat(WrongUse.state(ours)).isEqualTo(WrongUse.state(jdk));
      assertThat(data.position()).isEqualTo(3);
    }
  }

  @Test
  void throwsWhatTheJdkThrowsForARefusedConnectAndRestoresThePosition() throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(10).position(3);
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(() -> plain.connect(channel, OneConnectionServer.refusing(), data))
          .isInstanceOf(ConnectException.class);

      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isEqualTo(3);
    }
  }

  @Test
  void reportsByThePositionWhatWasWrittenIfTheRestFailsAndLeavesTheChannelOpen() throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(10).position(3);
    SocketChannel channel = mock(SocketChannel.class);
    when(channel.connect(any())).thenReturn(true);
    when(channel.isBlocking()).thenReturn(true);
    IOException broken = new IOException("Broken pipe");
    when(channel.write(any(ByteBuffer.class)))
        .thenAnswer(
            call -> {
              call.getArgument(0, ByteBuffer.class).get();
              return 1;
            })
        .thenThrow(broken);

    assertThatThrownBy(() -> plain.connect(channel, OneConnectionServer.refusing(), data))
        .isSameAs(broken);

    assertThat(data.position()).isEqualTo(4);
    verify(channel, never()).close();
  }

  @Test
  void openClosesTheChannelIfTheConnectFails() throws Exception {
    SocketAddress refusing = OneConnectionServer.refusing();
    SocketChannel[] opened = new SocketChannel[1];
    FastOpenConnector connector =
        new FastOpenConnector() {
          @Override
          public FastOpenCapability capability() {
            return plain.capability();
          }

          @Override
          public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer data) {
            opened[0] = channel;
            throw new IllegalStateException("anything");
          }

          @Override
          public FastOpenOutcome outcome(SocketChannel channel) {
            return FastOpenOutcome.UNKNOWN;
          }
        };

    assertThatThrownBy(() -> connector.open(refusing, OneConnectionServer.buffer(1)))
        .hasMessage("anything");

    assertThat(opened[0].isOpen()).isFalse();
  }

  @Test
  void isClosedByAnInterruptAsTheJdksConnectIs() throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(10);
    try (OneConnectionServer server = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      Thread.currentThread().interrupt();
      try {
        assertThatThrownBy(() -> plain.connect(channel, server.address(), data))
            .isInstanceOf(ClosedByInterruptException.class);
      } finally {
        assertThat(Thread.interrupted()).isTrue();
      }
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isZero();
    }
  }

  @Test
  void isEndedByACloseFromAnotherThread() throws Exception {
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      SocketAddress address = full.address();
      CompletableFuture<Throwable> thrown =
          CompletableFuture.supplyAsync(
              () ->
                  catchThrowable(
                      () -> plain.connect(channel, address, OneConnectionServer.buffer(1))),
              command -> new Thread(command).start());
      Connecting.awaitPending(channel);

      channel.close();

      assertThat(thrown.get(20, TimeUnit.SECONDS)).isInstanceOf(AsynchronousCloseException.class);
    }
  }

  @Test
  void throwsForTheOutcomeOfAChannelThatIsNotConnected() throws Exception {
    SocketChannel channel = SocketChannel.open();
    assertThatThrownBy(() -> plain.outcome(channel)).isInstanceOf(NotYetConnectedException.class);
    channel.close();
    assertThatThrownBy(() -> plain.outcome(channel)).isInstanceOf(ClosedChannelException.class);
  }

  /** A connector of a third party may not know of excluded destinations. */
  @Test
  void asksAConnectorOnlyForDestinationsThatAreNotPlain() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    FastOpenConnector counting =
        new FastOpenConnector() {
          @Override
          public FastOpenCapability capability() {
            return plain.capability();
          }

          @Override
          public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
              throws IOException {
            asked.incrementAndGet();
            return plain.connect(channel, remote, synData);
          }

          @Override
          public FastOpenOutcome outcome(SocketChannel channel) throws IOException {
            return plain.outcome(channel);
          }
        };
    assertThat(counting.withoutCookie(destination -> true)).isSameAs(counting);
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(null)) {
      InetSocketAddress address =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), server.socket().getLocalPort());
      FastOpenConnector restricted = counting.plainFor(address::equals);
      ByteBuffer data = OneConnectionServer.buffer(10);
      try (SocketChannel channel = restricted.open(address, data)) {
        assertThat(data.hasRemaining()).isFalse();
        assertThat(asked).hasValue(0);
        assertThat(restricted.outcome(channel)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
      }
      FastOpenConnector others = counting.plainFor(destination -> false);
      try (SocketChannel channel = others.open(address, OneConnectionServer.buffer(10))) {
        assertThat(channel.isConnected()).isTrue();
        assertThat(asked).hasValue(1);
      }
    }
  }
}
