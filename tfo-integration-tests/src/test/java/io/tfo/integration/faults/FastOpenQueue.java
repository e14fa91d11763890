package io.tfo.integration.faults;

import io.tfo.backend.linux.legacy.LinuxLegacyBackend;
import io.tfo.jna.FreshBackend;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.Segment.Fate;
import io.tfo.testkit.Expect;
import io.tfo.testkit.TestData;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** The server's queue of connections that SYN data has opened and whose handshake has not ended. */
public final class FastOpenQueue {
  private FastOpenQueue() {}

  /**
   * Takes a place in the queue until the lab is closed: opens a connection whose SYN-ACK never
   * arrives.
   *
   * @param server a listener whose queue has one place; the client knows its cookie
   */
  public static void fill(Lab lab, InetSocketAddress server) throws Exception {
    AtomicInteger port = new AtomicInteger();
    Predicate<Segment> answer =
        segment -> segment.isSynAck() && segment.destination().getPort() == port.get();
    Fault unanswered = Faults.drop(answer);
    lab.wire()
        .fault(
            segment -> {
              if (Faults.isSynWithData(segment)) {
                port.compareAndSet(0, segment.source().getPort());
              }
              return unanswered.on(segment);
            });
    // Its thread waits until the lab is closed, which also closes the channel.
    Future<SocketChannel> waits =
        lab.client()
            .start(
                () ->
                    new FreshBackend(new LinuxLegacyBackend())
                        .connector()
                        .open(server, ByteBuffer.wrap(TestData.bytes(10))));
    lab.wire().await(answer.and(segment -> segment.fate() == Fate.DROPPED));
    Expect.equal("isDone", false, waits.isDone());
  }
}
