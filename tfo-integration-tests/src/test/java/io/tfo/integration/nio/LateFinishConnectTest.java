package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.socket.SocketLab;
import io.tfo.jna.ClockedBackend;
import io.tfo.lab.Segment;
import io.tfo.spi.SocketChannelOpener;
import io.tfo.testkit.Conformance;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A program is told that its connect can be finished, and finishes it after the first-write limit.
 */
@Timeout(60)
class LateFinishConnectTest {
  private static final Duration FIRST_WRITE = Duration.ofMillis(20);

  private final SocketChannelOpener channels =
      Conformance.backends().stream()
          .filter(each -> each.name().equals("linux-connect"))
          .map(each -> new ClockedBackend(each).deferring(FIRST_WRITE))
          .findFirst()
          .orElseThrow();

  @Test
  void aConnectThatCouldBeFinishedIsFinishedThoughTheSynIsNotAnswered() throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      InetSocketAddress server =
          hosts.serve(
              socket -> socket.getOutputStream().write(socket.getInputStream().readNBytes(1)));
      exchange(hosts, server, Duration.ZERO);

      exchange(hosts, server, Duration.ofSeconds(1));

      assertThat(hosts.failures()).isEmpty();
    }
  }

  private void exchange(SocketLab hosts, InetSocketAddress server, Duration delay)
      throws Exception {
    hosts.lab().wire().delay(delay);
    hosts.lab().wire().forget();
    try (SocketChannel channel = hosts.onClient(() -> channels.open(null))) {
      channel.configureBlocking(false);
      channel.connect(server);
      Segment syn = hosts.lab().wire().await(Segment::isSyn);
      assertThat(syn.payload()).isEmpty();
      boolean finished = channel.finishConnect();
      assertThat(finished || delay.isZero()).isTrue();
      hosts.lab().wire().delay(Duration.ZERO);
      Awaitility.await().until(channel::finishConnect);
      Awaitility.await().until(() -> channel.write(ByteBuffer.allocate(1)) == 1);
      Awaitility.await().until(() -> channel.read(ByteBuffer.allocate(1)) == 1);
    }
  }
}
