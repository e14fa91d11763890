package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.jdk.JdkSockets;
import io.tfo.spi.ServerSocketSupport;
import io.tfo.test.OneConnectionServer;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@SuppressWarnings("try") // a close is part of a test
class ChannelListenerTest {
  private final ScriptedTcp tcp = new ScriptedTcp();
  private final FastOpenListener listener = tcp.backend().listener();

  @Test
  void switchesTheListenerOnAndAccepts() throws Exception {
    tcp.outcome = FastOpenOutcome.NOT_ATTEMPTED;
    try (ServerSocketChannel channel =
            listener.open(new InetSocketAddress(OneConnectionServer.loopback(), 0), 5, 17);
        SocketChannel client = SocketChannel.open(channel.getLocalAddress());
        SocketChannel accepted = channel.accept()) {
      assertThat(tcp.calls).containsExactly("probe", "acceptFastOpen 17");
      assertThat(accepted.getRemoteAddress()).isEqualTo(client.getLocalAddress());
      assertThat(listener.outcome(accepted)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void switchesOffWhatAProviderMayHaveSwitchedOnForAFastOpenBacklogOfZero(boolean beforeListen)
      throws Exception {
    tcp.beforeListen = beforeListen;
    try (ServerSocketChannel channel = listener.open(null, 5, 0)) {
      assertThat(tcp.calls).containsExactly("probe", "acceptFastOpen 0");
      assertThat(channel.getLocalAddress()).isNotNull();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void leavesChannelsOfAUnixDomainToTheJdk(boolean beforeListen, @TempDir Path folder)
      throws Exception {
    tcp.beforeListen = beforeListen;
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
    try (ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      ((ChannelListener) listener).accept(channel, 17);
      listener.bind(channel, address, 5, 17);

      assertThat(channel.getLocalAddress()).isEqualTo(address);
      assertThat(tcp.calls).doesNotContain("acceptFastOpen 17");
    }
  }

  @Test
  void refusesANegativeFastOpenBacklogAndLeavesTheChannelUnbound() throws Exception {
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      assertThatThrownBy(() -> listener.bind(channel, null, 0, -1))
          .isInstanceOf(IllegalArgumentException.class);
      assertThat(channel.getLocalAddress()).isNull();
    }
  }

  @Test
  void switchesOnBeforeTheJdkListensWhereTheSystemWantsThat() throws Exception {
    tcp.beforeListen = true;
    try (ServerSocketChannel channel = listener.open(null, 5, 17)) {
      assertThat(tcp.calls).containsExactly("probe", "acceptFastOpen 17");

      assertThatThrownBy(() -> listener.bind(channel, null, 5, 17))
          .isInstanceOf(AlreadyBoundException.class);
      assertThat(tcp.calls).as("a bound one is let alone").hasSize(2);
    }
  }

  @Test
  void switchesOffAgainWhatCouldNotBeBound() throws Exception {
    tcp.beforeListen = true;
    try (ServerSocketChannel taken = ServerSocketChannel.open().bind(null);
        ServerSocketChannel channel = ServerSocketChannel.open()) {
      assertThatThrownBy(() -> listener.bind(channel, taken.getLocalAddress(), 5, 17))
          .isInstanceOf(BindException.class);
    }
    assertThat(tcp.calls).containsExactly("probe", "acceptFastOpen 17", "acceptFastOpen 0");
  }

  /** A selector provider opens its listeners in this way. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void opensAListenerThatPrintsAndIsRefusedAsTheJdksIs(boolean beforeListen) throws Exception {
    tcp.beforeListen = beforeListen;
    SelectorProvider jdk = SelectorProvider.provider();
    try (ServerSocketChannel plain = jdk.openServerSocketChannel();
        ServerSocketChannel channel = tcp.backend().openListener(jdk, null, 17)) {
      assertThat(channel).hasToString(plain.toString());
      assertThat(channel.provider()).isSameAs(jdk);
      assertThat(tcp.calls).containsExactly("probe", "acceptFastOpen 17");
      plain.bind(null, 1);
      channel.bind(null, 1);
      String port = String.valueOf(plain.socket().getLocalPort());
      assertThat(channel)
          .hasToString(
              plain.toString().replace(port, String.valueOf(channel.socket().getLocalPort())));
      channel.configureBlocking(false);
      assertThat(channel.accept()).isNull();
      channel.close();
      plain.close();
      assertThat(channel).hasToString(plain.toString());
      assertThatThrownBy(channel::accept).isInstanceOf(ClosedChannelException.class);
    }
  }

  @Test
  void bindsAServerSocketWithoutTheLockThatItsCloseWaitsFor() throws Exception {
    tcp.beforeListen = true;
    JdkSockets jdk = JdkSockets.ACCESS;
    try (ServerSocket socket = new ServerSocket()) {
      ((ServerSocketSupport) listener)
          .bind(
              socket,
              17,
              () -> {
                assertThat(Thread.holdsLock(jdk.stateLock(jdk.impl(socket)))).isFalse();
                socket.bind(null);
              });
    }
    assertThat(tcp.calls).containsExactly("probe", "acceptFastOpen 17");
  }

  /** The JDK binds in a constructor: the subclass's own has not run then. */
  @Test
  void doesNotAskAServerSocketForAnAddressThatItDoesNotNeed() throws Exception {
    try (ServerSocket socket =
        new ServerSocket() {
          @Override
          public SocketAddress getLocalSocketAddress() {
            throw new IllegalStateException("not constructed");
          }
        }) {
      ((ServerSocketSupport) listener).bind(socket, 17, () -> socket.bind(null));
    }
    assertThat(tcp.calls).contains("acceptFastOpen 17");
  }

  @Test
  void leavesTheDescriptorOfAClosedListenerAlone() throws Exception {
    tcp.beforeListen = true;
    ServerSocketChannel channel = ServerSocketChannel.open();
    channel.close();
    assertThatThrownBy(() -> listener.bind(channel, null, 5, 17))
        .isInstanceOf(ClosedChannelException.class);
    assertThat(tcp.calls).containsExactly("probe");
  }

  @Test
  void throwsWhatTheJdkThrows() throws Exception {
    ServerSocketChannel channel = listener.open(null, 0, 1);
    assertThatThrownBy(() -> listener.bind(channel, null, 0, 1))
        .isInstanceOf(AlreadyBoundException.class);
    channel.close();
    assertThatThrownBy(() -> listener.bind(channel, null, 0, 1))
        .isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void bindsAForeignChannelPlainly() throws Exception {
    ServerSocketChannel foreign = mock(ServerSocketChannel.class);
    when(foreign.bind(any(), anyInt())).thenReturn(foreign);

    assertThat(listener.bind(foreign, null, 3, 1)).isSameAs(foreign);

    verify(foreign).bind(null, 3);
    assertThat(tcp.calls).containsExactly("probe");
  }

  @Test
  void knowsNoOutcomeOfAForeignChannel() throws Exception {
    SocketChannel foreign = mock(SocketChannel.class);
    when(foreign.isOpen()).thenReturn(true);
    when(foreign.isConnected()).thenReturn(true);

    assertThat(listener.outcome(foreign)).isEqualTo(FastOpenOutcome.UNKNOWN);
  }

  @Test
  void tellsNoOutcomeOfAChannelThatIsNotConnected() throws Exception {
    SocketChannel channel = SocketChannel.open();
    assertThatThrownBy(() -> listener.outcome(channel))
        .isInstanceOf(NotYetConnectedException.class);
    channel.close();
    assertThatThrownBy(() -> listener.outcome(channel)).isInstanceOf(ClosedChannelException.class);
  }
}
