package io.tfo.backend.linux.legacy;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenOutcome;
import io.tfo.lab.Lab;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** Where this backend is installed alone, it carries the sockets of the factory. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class SocketFactoryTest {
  @Test
  void theFirstWriteOfTheSecondConnectionIsInTheSyn() throws Exception {
    try (Lab lab = Labs.loopback()) {
      lab.client().sysctl("net.ipv4.tcp_fastopen", "3");
      FastOpenOutcome[] outcomes =
          lab.client()
              .call(
                  () -> {
                    try (ServerSocket server = server()) {
                      return new FastOpenOutcome[] {exchange(server), exchange(server)};
                    }
                  });
      assertThat(outcomes)
          .containsExactly(FastOpenOutcome.COOKIE_REQUESTED, FastOpenOutcome.SYN_DATA_ACKED);
    }
  }

  private static ServerSocket server() throws IOException {
    return FastOpenServerSocketFactory.system()
        .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  private static FastOpenOutcome exchange(ServerSocket server) throws IOException {
    FastOpenSocketFactory sockets = FastOpenSocketFactory.system();
    try (Socket client = sockets.createSocket(server.getInetAddress(), server.getLocalPort())) {
      client.getOutputStream().write('w');
      try (Socket accepted = server.accept()) {
        assertThat(accepted.getInputStream().read()).isEqualTo('w');
      }
      return sockets.outcome(client);
    }
  }
}
