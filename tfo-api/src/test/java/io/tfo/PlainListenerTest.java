package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.UnresolvedAddressException;
import java.nio.channels.UnsupportedAddressTypeException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

@SuppressWarnings("try") // a close is part of a test
class PlainListenerTest {
  private final FastOpenListener plain = new PlainListener(FastOpenCapability.unsupported("plain"));

  @Test
  void bindsAndAccepts() throws Exception {
    try (ServerSocketChannel listener =
            plain.open(new InetSocketAddress(OneConnectionServer.loopback(), 0), 0, 10);
        SocketChannel client = SocketChannel.open(listener.getLocalAddress());
        SocketChannel accepted = listener.accept()) {
      assertThat(accepted.getRemoteAddress()).isEqualTo(client.getLocalAddress());
      assertThat(plain.outcome(accepted)).isEqualTo(FastOpenOutcome.UNKNOWN);
    }
  }

  @Test
  void letsTheSystemChooseAnAddressAndReturnsTheSameChannel() throws Exception {
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      assertThat(plain.bind(channel, null, 0, 0)).isSameAs(channel);
      assertThat(channel.getLocalAddress()).isNotNull();
    }
  }

  @Test
  void rejectsANegativeFastOpenBacklogAndLeavesTheChannelUnbound() throws Exception {
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      assertThatThrownBy(() -> plain.bind(channel, null, 0, -1))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("-1");
      assertThat(channel.getLocalAddress()).isNull();
    }
  }

  @Test
  void throwsWhatTheJdkThrows() throws Exception {
    try (ServerSocketChannel bound = plain.open(null, 0, 0);
        ServerSocketChannel other = ServerSocketChannel.open()) {
      assertThatThrownBy(() -> plain.bind(bound, null, 0, 0))
          .isInstanceOf(AlreadyBoundException.class);
      assertThatThrownBy(() -> plain.bind(other, bound.getLocalAddress(), 0, 0))
          .isInstanceOf(BindException.class);
      assertThatThrownBy(
              () -> plain.bind(other, InetSocketAddress.createUnresolved("h.invalid", 1), 0, 0))
          .isInstanceOf(UnresolvedAddressException.class);
      assertThatThrownBy(
              () -> plain.bind(other, UnixDomainSocketAddress.of("no-such-socket"), 0, 0))
          .isInstanceOf(UnsupportedAddressTypeException.class);
      other.close();
      assertThatThrownBy(() -> plain.bind(other, null, 0, 0))
          .isInstanceOf(ClosedChannelException.class);
    }
  }

  @Test
  void throwsForTheOutcomeOfAChannelThatIsNotConnected() throws Exception {
    SocketChannel channel = SocketChannel.open();
    assertThatThrownBy(() -> plain.outcome(channel)).isInstanceOf(NotYetConnectedException.class);
    channel.close();
    assertThatThrownBy(() -> plain.outcome(channel)).isInstanceOf(ClosedChannelException.class);
  }

  @Test
  void bindsAlsoWithKeysAndOptionsThatItCannotHave() throws Exception {
    FastOpenKeys keys = FastOpenKeys.of(new byte[FastOpenKeys.KEY_BYTES]);
    FastOpenListener keyed = plain.withKeys(keys).withoutCookie(local -> true);
    keys.close();
    try (ServerSocketChannel channel = keyed.open(null, 0, 16)) {
      assertThat(channel.getLocalAddress()).isNotNull();
      assertThat(keyed.setKeys(channel, FastOpenKeys.of(new byte[16]))).isFalse();
    }
    assertThat(keyed.keyOwner()).isEqualTo(FastOpenKeyOwner.UNKNOWN);
    assertThat(keyed.capability()).isEqualTo(plain.capability());
  }

  @Test
  void bindsTheJdksServerSocketsWithKeysThatItCannotHave() throws Exception {
    FastOpenServerSocketFactory factory =
        FastOpenServerSocketFactory.over(
            plain.withKeys(FastOpenKeySchedule.of(new byte[] {1}, Duration.ofHours(1))));
    try (ServerSocket socket = factory.createServerSocket(0);
        SocketChannel client = SocketChannel.open(socket.getLocalSocketAddress());
        Socket accepted = socket.accept()) {
      assertThat(client.isConnected()).isTrue();
      assertThat(factory.outcome(accepted)).isEqualTo(FastOpenOutcome.UNKNOWN);
      assertThat(factory.setKeys(socket, FastOpenKeys.of(new byte[16]))).isFalse();
    }
  }

  @Test
  void throwsWhatASourceOfKeysThrowsAndLeavesTheChannelUnbound() throws Exception {
    FastOpenListener keyed =
        plain.withKeys(
            time -> {
              throw new IOException("the store of keys is away");
            });
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      assertThatThrownBy(() -> keyed.bind(channel, null, 0, 16))
          .isInstanceOf(IOException.class)
          .hasMessage("the store of keys is away");
      assertThat(channel.getLocalAddress()).isNull();
    }
  }
}
