package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.backend.linux.legacy.LinuxLegacyBackend;
import io.tfo.jna.FreshBackend;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.Segment.Flag;
import io.tfo.lab.Verdict;
import io.tfo.testkit.CapturingServer;
import io.tfo.testkit.TestData;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Shows why SYN data must be idempotent (RFC 7413, 2.1). */
@Timeout(60)
class DuplicateSynTest {
  private static final byte[] DATA = TestData.bytes(100);

  private final FastOpenConnector connector =
      new FreshBackend(new LinuxLegacyBackend()).connector();
  private final FastOpenListener listener = new LinuxLegacyBackend().listener();
  private final BlockingQueue<byte[]> firstReads = new LinkedBlockingQueue<>();

  @Test
  void aSynThatComesAgainWhenItsConnectionHasEndedIsDeliveredAgain() throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      Lab lab = hosts.lab();
      InetSocketAddress local = new InetSocketAddress(lab.server().ipv4(), 0);
      try (ServerSocketChannel server = lab.server().call(() -> listener.open(local, 10, 10))) {
        lab.server().start(() -> serve(server));
        connect(lab, server);
        assertThat(firstReads.poll(10, TimeUnit.SECONDS)).isEqualTo(DATA);

        lab.wire().fault(again());
        connect(lab, server);

        assertThat(firstReads.poll(10, TimeUnit.SECONDS)).isEqualTo(DATA);
        assertThat(firstReads.poll(10, TimeUnit.SECONDS)).isEqualTo(DATA);
        assertThat(lab.server().counter("TCPFastOpenPassive")).isEqualTo(2);
        assertThat(lab.client().counter("TCPFastOpenActive")).isEqualTo(1);
      }
    }
  }

  /** Delivers the SYN again after the last segment of its connection. */
  private static Fault again() {
    Segment[] seen = new Segment[2];
    return segment -> {
      if (Faults.isSynWithData(segment)) {
        seen[0] = segment;
      }
      if (seen[0] != null
          && segment.has(Flag.FIN)
          && segment.destination().equals(seen[0].source())) { // not again of the first connection
        seen[1] = segment;
      }
      boolean last =
          seen[0] != null
              && seen[1] != null
              && segment.source().equals(seen[0].source())
              && segment.acknowledgment() > seen[1].sequence() + seen[1].payloadLength();
      if (last) {
        Segment syn = seen[0];
        seen[0] = null;
        return Verdict.replace(segment, syn);
      }
      return Verdict.pass(segment);
    };
  }

  private void connect(Lab lab, ServerSocketChannel server) throws Exception {
    InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
    try (SocketChannel channel =
        lab.client().call(() -> connector.open(address, ByteBuffer.wrap(DATA)))) {
      CapturingServer.finish(channel);
    }
  }

  private Void serve(ServerSocketChannel server) throws Exception {
    while (true) {
      try (SocketChannel channel = server.accept()) {
        ByteBuffer got = ByteBuffer.allocate(1000);
        channel.read(got);
        firstReads.add(Arrays.copyOf(got.array(), got.position()));
        while (channel.read(got.clear()) >= 0) {}
        channel.write(ByteBuffer.wrap(CapturingServer.reply()));
      } catch (java.net.SocketException reset) {
        // The second connection has no client that could answer.
      }
    }
  }
}
