package io.tfo.lab;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.test.Labs;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several servers with one address, and rewritten addresses. */
@Timeout(60)
class ManyServersTest {
  private static final int PORT = 8080;

  /** Each server says its number, and the address that it sees. */
  private static void serve(Lab lab) throws Exception {
    for (int i = 0; i < lab.servers().size(); i++) {
      int number = i;
      Host host = lab.servers().get(i);
      ServerSocketChannel listening =
          host.call(() -> ServerSocketChannel.open().bind(new InetSocketAddress(PORT)));
      host.start(
          () -> {
            try (listening) {
              while (true) {
                try (SocketChannel accepted = listening.accept()) {
                  String seen = accepted.socket().getInetAddress().getHostAddress();
                  accepted.write(ByteBuffer.wrap((number + " " + seen).getBytes(US_ASCII)));
                }
              }
            }
          });
    }
  }

  private static String ask(Lab lab, int localPort) throws Exception {
    return lab.client()
        .call(
            () -> {
              try (Socket socket = new Socket()) {
                socket.bind(new InetSocketAddress(lab.client().ipv4(), localPort));
                socket.connect(new InetSocketAddress(lab.server().ipv4(), PORT));
                return new String(socket.getInputStream().readAllBytes(), US_ASCII);
              }
            });
  }

  private static InetAddress address(int last) {
    try {
      return InetAddress.getByAddress(new byte[] {10, 77, 0, (byte) last});
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theSwitchChoosesAmongServersWithOneAddress() throws Exception {
    try (Lab lab = Labs.fleet(3, clientEnd -> clientEnd.getPort() % 3)) {
      serve(lab);
      List<String> answers = new ArrayList<>();
      for (int port = 30_000; port < 30_006; port++) {
        answers.add(ask(lab, port));
      }
      assertThat(answers)
          .containsExactly(
              "0 10.77.0.1",
              "1 10.77.0.1",
              "2 10.77.0.1",
              "0 10.77.0.1",
              "1 10.77.0.1",
              "2 10.77.0.1");
    }
  }

  @Test
  void aNatRewritesTheClientsAddress() throws Exception {
    try (Lab lab = Labs.twoHosts()) {
      serve(lab);
      lab.wire().fault(Faults.sourceNat(lab.client().ipv4(), port -> address(100 + port % 2)));
      assertThat(ask(lab, 30_000)).isEqualTo("0 10.77.0.100");
      assertThat(ask(lab, 30_001)).isEqualTo("0 10.77.0.101");
    }
  }

  @Test
  void aBalancerRewritesTheServersAddress() throws Exception {
    try (Lab lab = Labs.fleet(2, clientEnd -> clientEnd.getPort() % 2)) {
      for (int i = 0; i < 2; i++) {
        lab.servers().get(i).address(address(10 + i));
      }
      serve(lab);
      lab.wire().fault(Faults.destinationNat(lab.server().ipv4(), port -> address(10 + port % 2)));
      assertThat(ask(lab, 30_000)).isEqualTo("0 10.77.0.1");
      assertThat(ask(lab, 30_001)).isEqualTo("1 10.77.0.1");
      assertThat(lab.wire().segments())
          .anyMatch(s -> s.isSyn() && s.destination().getAddress().equals(address(11)))
          .allMatch(Segment::checksumIsRight);
    }
  }
}
