package io.tfo.lab.simulation;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.simulation.test.RawSocket;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class LinuxCallsTest {
  private static byte[] address(int port) {
    ByteBuffer address = ByteBuffer.allocate(16);
    address.order(ByteOrder.nativeOrder()).putShort((short) LinuxCalls.AF_INET);
    return address.order(ByteOrder.BIG_ENDIAN).putShort((short) port).putInt(0x7f000001).array();
  }

  private static boolean isSynAcknowledged(RawSocket socket) {
    return LinuxCalls.isSynAcknowledged(LinuxCalls.tcpInfo(socket.fd()));
  }

  /** Both connections have the state of a closed one. */
  @Test
  void tellsAConnectionThatHasEndedFromARefusedOne() throws IOException {
    int port;
    try (ServerSocket server = new ServerSocket(0);
        RawSocket ended = RawSocket.ipv4()) {
      port = server.getLocalPort();
      LinuxCalls.connect(ended.fd(), address(port));
      try (Socket accepted = server.accept()) {
        accepted.setSoLinger(true, 0);
      }
      Awaitility.await().until(() -> ended.state() == LinuxCalls.CLOSE);
      assertThat(isSynAcknowledged(ended)).isTrue();
    }
    try (RawSocket refused = RawSocket.ipv4()) {
      LinuxCalls.connect(refused.fd(), address(port));
      Awaitility.await().until(() -> refused.state() == LinuxCalls.CLOSE);
      assertThat(isSynAcknowledged(refused)).isFalse();
    }
  }
}
