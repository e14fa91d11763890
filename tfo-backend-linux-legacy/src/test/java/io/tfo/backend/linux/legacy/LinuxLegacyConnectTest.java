package io.tfo.backend.linux.legacy;

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

/** Whatever the system call answers, the connect is as good as the JDK's, on this kernel. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class LinuxLegacyConnectTest {
  @ParameterizedTest
  @EnumSource
  void connectsAndDeliversExactlyTheDataWhateverSendtoAnswers(Errno errno) throws Exception {
    assertDelivers(answering(errno));
  }

  @ParameterizedTest
  @EnumSource
  void throwsWhatTheJdkThrowsWhateverSendtoAnswers(Errno errno) throws Exception {
    FastOpenConnector connector = answering(errno);
    ByteBuffer data = OneConnectionServer.buffer(10).position(2);
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(() -> connector.connect(channel, OneConnectionServer.refusing(), data))
          .isExactlyInstanceOf(ConnectException.class)
          .hasMessage("Connection refused");
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isEqualTo(2);
    }
  }

  @Test
  void connectsOnAKernelThatDoesNotKnowTheFlag() throws Exception {
    int[] answer = new int[1];
    FastOpenConnector connector =
        connector(
            new KernelWith() {
              @Override
              public int sendto(
                  int fd, ByteBuffer data, int size, int flags, ByteBuffer to, int length) {
                answer[0] = kernel.sendto(fd, data, size, flags & ~MSG_FASTOPEN, to, length);
                return answer[0];
              }
            });

    assertDelivers(connector);

    assertThat(answer[0]).isEqualTo(Errno.EPIPE.result());
  }

  @Test
  void connectsByTheKernelsOwnAnswer() throws Exception {
    assertDelivers(new LinuxLegacyBackend().connector());
  }

  @Test
  void throwsWhatTheJdkThrowsByTheKernelsOwnAnswer() throws Exception {
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(
              () ->
                  new LinuxLegacyBackend()
                      .connector()
                      .connect(
                          channel, OneConnectionServer.refusing(), OneConnectionServer.buffer(10)))
          .isExactlyInstanceOf(ConnectException.class)
          .hasMessage("Connection refused");
    }
  }

  private static FastOpenConnector answering(Errno errno) {
    return connector(
        new KernelWith() {
          @Override
          public int sendto(
              int fd, ByteBuffer data, int size, int flags, ByteBuffer to, int length) {
            return errno.result();
          }
        });
  }

  private static FastOpenConnector connector(LinuxSockets sockets) {
    return new JnaBackend(
        "scripted", 1, null, () -> new LinuxLegacyTcp(sockets, "6.1")) {}.connector();
  }

  private static void assertDelivers(FastOpenConnector connector) throws Exception {
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel channel =
            connector.open(peer.address(), OneConnectionServer.buffer(100_000))) {
      assertThat(channel.getRemoteAddress()).isEqualTo(peer.address());
      channel.shutdownOutput();
      assertThat(Arrays.equals(peer.received(), OneConnectionServer.bytes(100_000))).isTrue();
    }
  }
}
