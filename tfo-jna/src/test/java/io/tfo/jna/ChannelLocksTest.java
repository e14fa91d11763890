package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import io.tfo.jdk.JdkChannels;
import io.tfo.test.OneConnectionServer;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A descriptor is used under the lock under which the JDK closes it. Without the lock, the number
 * may be another socket's by then.
 */
class ChannelLocksTest {
  private static final JdkChannels JDK = JdkChannels.ACCESS;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sendsTheSynUnderTheChannelsLock(boolean nonBlocking) throws Exception {
    ScriptedTcp tcp = new ScriptedTcp();
    tcp.nonBlocking = nonBlocking;
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(loopback());
        SocketChannel channel = SocketChannel.open()) {
      tcp.syn =
          (fd, address, addressLength, data, length) -> {
            assertThat(fd).isEqualTo(JDK.fd(channel));
            assertThat(Thread.holdsLock(JDK.stateLock(channel))).isTrue();
            return NativeTcp.NOT_SENT;
          };

      tcp.backend()
          .connector()
          .connect(channel, server.getLocalAddress(), ByteBuffer.wrap(new byte[] {1}));
    }
    assertThat(tcp.calls).contains("sendSyn 1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void switchesTheListenerOnUnderItsLock(boolean beforeListen) throws Exception {
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      ScriptedTcp tcp =
          new ScriptedTcp() {
            @Override
            public void acceptFastOpen(int fd, int backlog) {
              assertThat(fd).isEqualTo(JDK.fd(channel));
              assertThat(Thread.holdsLock(JDK.stateLock(channel))).isTrue();
              super.acceptFastOpen(fd, backlog);
            }
          };
      tcp.beforeListen = beforeListen;

      tcp.backend().listener().bind(channel, loopback(), 5, 17);

      assertThat(tcp.calls).contains("acceptFastOpen 17");
    }
  }

  @Test
  void readsTheOutcomeUnderTheChannelsLock() throws Exception {
    try (ServerSocketChannel server = ServerSocketChannel.open().bind(loopback());
        SocketChannel channel = SocketChannel.open(server.getLocalAddress())) {
      ScriptedTcp tcp =
          new ScriptedTcp() {
            @Override
            public FastOpenOutcome connectOutcome(int fd) {
              assertThat(fd).isEqualTo(JDK.fd(channel));
              assertThat(Thread.holdsLock(JDK.stateLock(channel))).isTrue();
              return FastOpenOutcome.COOKIE_REQUESTED;
            }
          };

      assertThat(tcp.backend().connector().outcome(channel))
          .isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
    }
  }

  private static InetSocketAddress loopback() throws Exception {
    return new InetSocketAddress(OneConnectionServer.loopback(), 0);
  }
}
