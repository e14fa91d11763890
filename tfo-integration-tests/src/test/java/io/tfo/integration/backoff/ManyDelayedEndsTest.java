package io.tfo.integration.backoff;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.socket.SocketLab;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Faults;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.spi.SocketChannelOpener;
import io.tfo.testkit.BackendLab;
import io.tfo.testkit.Conformance;
import java.io.DataInputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Channels that are closed before the answer to their SYN are kept, and their number is limited.
 */
@Timeout(60)
class ManyDelayedEndsTest {
  private static final int MOST = 500;
  private static final int TOO_MANY = 20;

  @Test
  void theOldestOfMoreThan500AreGivenUpAndTheOthersDeliverWhatWasWritten() throws Exception {
    ClockedBackend backend =
        Conformance.backends().stream()
            .filter(each -> each.name().equals("linux-connect"))
            .map(ClockedBackend::new)
            .findFirst()
            .orElseThrow();
    SocketChannelOpener channels = backend.deferring(Duration.ofSeconds(50));
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server =
          new InetSocketAddress(hosts.lab().server().ipv4(), BackendLab.newPort());
      ServerSocket listener =
          hosts.listen(
              () ->
                  FastOpenServerSocketFactory.system()
                      .createServerSocket(server.getPort(), 2 * MOST, server.getAddress()));
      write(hosts, channels, server, -1).close();
      listener.accept().close();

      hosts.lab().wire().fault(Faults.cut());
      List<SocketChannel> written = new ArrayList<>();
      for (int i = 0; i < MOST + TOO_MANY; i++) {
        written.add(write(hosts, channels, server, i));
      }
      for (SocketChannel each : written) {
        each.close();
      }
      hosts.lab().wire().clearFaults(); // the kernel sends the SYNs again

      Set<Integer> received = new TreeSet<>();
      for (int i = 0; i < MOST; i++) {
        received.add(receive(listener));
      }
      assertThat(received)
          .isEqualTo(
              IntStream.range(TOO_MANY, MOST + TOO_MANY).boxed().collect(Collectors.toSet()));
    }
  }

  private static SocketChannel write(
      SocketLab hosts, SocketChannelOpener channels, InetSocketAddress server, int number)
      throws Exception {
    SocketChannel channel = hosts.onClient(() -> channels.open(null));
    channel.configureBlocking(false);
    channel.connect(server);
    while (!channel.finishConnect()) { // the first connect only; the others wait for the write
      Thread.onSpinWait();
    }
    ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES).putInt(number).flip();
    assertThat(channel.write(bytes)).isEqualTo(Integer.BYTES);
    return channel;
  }

  /** Returns the number that one client has written before the end of its connection. */
  private static int receive(ServerSocket listener) throws Exception {
    try (Socket socket = listener.accept();
        DataInputStream in = new DataInputStream(socket.getInputStream())) {
      int number = in.readInt();
      assertThat(in.read()).as("the end of connection %d", number).isEqualTo(-1);
      return number;
    }
  }
}
