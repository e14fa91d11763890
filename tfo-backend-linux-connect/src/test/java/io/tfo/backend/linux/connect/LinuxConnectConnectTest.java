package io.tfo.backend.linux.connect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.FastOpenConnector;
import io.tfo.jna.JnaBackend;
import io.tfo.jna.linux.LinuxSockets;
import io.tfo.jna.test.Errno;
import io.tfo.jna.test.KernelWith;
import io.tfo.test.OneConnectionServer;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever the system calls answer, the connect is as good as the JDK's, on this kernel. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class LinuxConnectConnectTest {
  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "ENOPROTOOPT")
  void connectsAndDeliversExactlyTheDataWhateverTheOptionAnswers(Errno errno) throws Exception {
    assertDelivers(connector(refusingTheOption(errno)));
  }

  @ParameterizedTest
  @EnumSource
  void connectsAndDeliversExactlyTheDataWhateverConnectAnswers(Errno errno) throws Exception {
    assertDelivers(connector(refusingTheConnect(errno)));
  }

  @ParameterizedTest
  @EnumSource
  void throwsWhatTheJdkThrowsWhateverConnectAnswers(Errno errno) throws Exception {
    assertIsRefused(connector(refusingTheConnect(errno)));
  }

  @Test
  void connectsOnAKernelThatDoesNotKnowTheOption() throws Exception {
    FastOpenConnector connector = connector(refusingTheOption(Errno.ENOPROTOOPT));

    assertDelivers(connector);
    assertIsRefused(connector);

    assertThat(connector.capability().detail()).contains("Linux before 4.11");
  }

  @Test
  void connectsByTheKernelsOwnAnswer() throws Exception {
    assertDelivers(new LinuxConnectBackend().connector());
    assertIsRefused(new LinuxConnectBackend().connector());
  }

  private static LinuxSockets refusingTheOption(Errno errno) {
    return new KernelWith() {
      @Override
      public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
        return errno.result();
      }
    };
  }

  private static LinuxSockets refusingTheConnect(Errno errno) {
    return new KernelWith() {
      @Override
      public int connect(int fd, ByteBuffer address, int length) {
        return errno.result();
      }
    };
  }

  private static FastOpenConnector connector(LinuxSockets sockets) {
    return new JnaBackend(
        "scripted", 1, null, () -> new LinuxConnectTcp(sockets, "6.1")) {}.connector();
  }

  private static void assertDelivers(FastOpenConnector connector) throws Exception {
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel channel =
            connector.open(peer.address(), OneConnectionServer.buffer(100_000))) {
      assertThat(channel.getRemoteAddress()).isEqualTo(peer.address());
      assertThat(channel.isBlocking()).isTrue();
      channel.shutdownOutput();
      assertThat(Arrays.equals(peer.received(), OneConnectionServer.bytes(100_000))).isTrue();
    }
  }

  private static void assertIsRefused(FastOpenConnector connector) throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(10).position(2);
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(() -> connector.connect(channel, OneConnectionServer.refusing(), data))
          .isExactlyInstanceOf(ConnectException.class)
          .hasMessage("Connection refused");
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isEqualTo(2);
    }
  }
}
