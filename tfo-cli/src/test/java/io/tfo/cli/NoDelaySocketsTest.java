package io.tfo.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;

class NoDelaySocketsTest {
  private final NoDelaySockets sockets = new NoDelaySockets();

  @Test
  void allItsSocketsHaveTcpNoDelay() throws Exception {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket server = new ServerSocket(0, 50, loopback);
        Socket unconnected = sockets.createSocket();
        Socket byAddress = sockets.createSocket(loopback, server.getLocalPort());
        Socket bound = sockets.createSocket(loopback, server.getLocalPort(), loopback, 0)) {
      assertThat(new Socket[] {unconnected, byAddress, bound})
          .allSatisfy(socket -> assertThat(socket.getTcpNoDelay()).isTrue());
    }
  }
}
