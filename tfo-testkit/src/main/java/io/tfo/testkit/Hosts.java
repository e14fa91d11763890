package io.tfo.testkit;

import io.tfo.FastOpenOutcome;
import io.tfo.testkit.lab.Host;
import io.tfo.testkit.lab.Lab;
import io.tfo.testkit.lab.LabAvailability;
import io.tfo.testkit.lab.LabProcess;
import io.tfo.testkit.lab.Segment;
import io.tfo.testkit.lab.Wire;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/** Two hosts of the lab, with the backend on both sides: a connector here, a listener there. */
final class Hosts implements AutoCloseable {
  /** {@code -Dio.tfo.lab=require}: a rule that the lab would skip fails. */
  static final String PROPERTY = "io.tfo.lab";

  /** Below those that kernels give out. */
  private static final AtomicInteger NEXT_PORT = new AtomicInteger(10_000);

  private static final Duration SOON = Duration.ofSeconds(10);

  /** Once: that is two more labs each time. */
  private static final class Tried {
    static final LabAvailability AVAILABILITY = Lab.availability();
  }

  private final Subject subject;
  private final Lab lab;
  private final Peer peer;

  /**
   * One connection from its SYN to its end.
   *
   * @param syns every SYN that the client sent for it, the first one first
   */
  record Exchange(FastOpenOutcome client, FastOpenOutcome server, List<Segment> syns) {
    Segment syn() {
      return syns.get(0);
    }
  }

  private Hosts(Subject subject, Lab lab, Peer peer) {
    this.subject = subject;
    this.lab = lab;
    this.peer = peer;
  }

  /** Hosts whose every segment is seen. */
  static Hosts open(Subject subject) throws Exception {
    return open(subject, LabAvailability.Kind.LOOPBACK);
  }

  /** Hosts with a wire between them that can be interfered with. */
  static Hosts withWire(Subject subject) throws Exception {
    return open(subject, LabAvailability.Kind.TWO_HOSTS);
  }

  private static Hosts open(Subject subject, LabAvailability.Kind atLeast) throws Exception {
    Subject.requireSupported(subject.connector().capability());
    LabAvailability available = Tried.AVAILABILITY;
    if (available.kind() == LabAvailability.Kind.NONE
        || (atLeast == LabAvailability.Kind.TWO_HOSTS && available.kind() != atLeast)) {
      throw unavailable(available);
    }
    Lab lab = Lab.open();
    try {
      return new Hosts(subject, lab, serve(subject, lab, lab.server().ipv4()));
    } catch (Throwable t) {
      lab.close();
      throw t;
    }
  }

  private static RuntimeException unavailable(LabAvailability available) {
    if (LabProcess.needed()) {
      return new RuleSkipped("the lab needs a JVM of its own: " + available);
    }
    if ("require".equals(System.getProperty(PROPERTY))) {
      throw new AssertionError("the lab is required: " + available);
    }
    return new RuleSkipped("no lab: " + available);
  }

  /**
   * A port that no server of this JVM had before. Each lab has the same addresses, and a backend
   * may remember what happened there.
   */
  static int newPort() {
    return NEXT_PORT.getAndIncrement();
  }

  private static Peer serve(Subject subject, Lab lab, InetAddress local) throws Exception {
    Callable<Peer> listen =
        () ->
            Peer.behind(
                subject.listener().open(new InetSocketAddress(local, newPort()), 100, 100),
                subject.listener(),
                lab.server().threads());
    return lab.server().call(listen);
  }

  /** Another server on the server's host, at another of its addresses. */
  Peer serve(InetAddress local) throws Exception {
    return serve(subject, lab, local);
  }

  Host client() {
    return lab.client();
  }

  Host server() {
    return lab.server();
  }

  Wire wire() {
    return lab.wire();
  }

  Peer peer() {
    return peer;
  }

  /** How the client is to connect: the default is {@code connector.open}. */
  interface Connect {
    SocketChannel to(InetSocketAddress address, ByteBuffer data) throws Exception;
  }

  Exchange exchange(byte[] data) throws Exception {
    return exchange(peer, peer.address(), data, subject.connector()::open);
  }

  Exchange exchange(byte[] data, Connect connect) throws Exception {
    return exchange(peer, peer.address(), data, connect);
  }

  /** Connects on the client's host, sends the data, ends, and waits for what the server got. */
  Exchange exchange(Peer to, InetSocketAddress address, byte[] data, Connect connect)
      throws Exception {
    wire().forget();
    FastOpenOutcome outcome =
        client()
            .call(
                () -> {
                  try (SocketChannel channel = connect.to(address, ByteBuffer.wrap(data))) {
                    FastOpenOutcome told = subject.connector().outcome(channel);
                    Peer.finish(channel);
                    return told;
                  }
                });
    Peer.Received got = to.next();
    Expect.sameBytes("what the server got", data, got.bytes());
    Expect.equal("connections that the server saw beside this one", 0, to.waiting());
    wire().await(Segment::isSyn, SOON);
    return new Exchange(outcome, got.outcome(), wire().syns());
  }

  /** A first connect, after which the client has the server's cookie. */
  void fetchCookie() throws Exception {
    exchange(ClientRules.bytes(20));
  }

  @Override
  public void close() throws IOException {
    try (lab) {
      peer.close();
    }
  }
}
