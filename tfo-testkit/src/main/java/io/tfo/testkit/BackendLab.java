package io.tfo.testkit;

import io.tfo.FastOpenOutcome;
import io.tfo.lab.Host;
import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability;
import io.tfo.lab.LabProcess;
import io.tfo.lab.Segment;
import io.tfo.lab.Wire;
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
public final class BackendLab implements AutoCloseable {
  /** {@code -Dio.tfo.lab=require}: a rule that the lab would skip fails. */
  public static final String PROPERTY = "io.tfo.lab";

  /** Below those that kernels give out. */
  private static final AtomicInteger NEXT_PORT = new AtomicInteger(10_000);

  private static final Duration SOON = Duration.ofSeconds(10);

  /** Once: that is two more labs each time. */
  private static final class Tried {
    static final LabAvailability AVAILABILITY = Lab.availability();
  }

  private final Subject subject;
  private final Lab lab;
  private final CapturingServer peer;

  /**
   * One connection from its SYN to its end.
   *
   * @param syns every SYN that the client sent for it, the first one first
   */
  public record Exchange(FastOpenOutcome client, FastOpenOutcome server, List<Segment> syns) {
    public Segment syn() {
      return syns.get(0);
    }
  }

  private BackendLab(Subject subject, Lab lab, CapturingServer peer) {
    this.subject = subject;
    this.lab = lab;
    this.peer = peer;
  }

  /** Hosts whose every segment is seen. */
  public static BackendLab open(Subject subject) throws Exception {
    return open(subject, LabAvailability.Kind.LOOPBACK);
  }

  /** Hosts with a wire between them that can be interfered with. */
  public static BackendLab withWire(Subject subject) throws Exception {
    return open(subject, LabAvailability.Kind.TWO_HOSTS);
  }

  private static BackendLab open(Subject subject, LabAvailability.Kind atLeast) throws Exception {
    Subject.requireSupported(subject.connector().capability());
    LabAvailability available = Tried.AVAILABILITY;
    if (available.kind() == LabAvailability.Kind.NONE
        || (atLeast == LabAvailability.Kind.TWO_HOSTS && available.kind() != atLeast)) {
      throw unavailable(available);
    }
    Lab lab = Lab.open();
    try {
      return new BackendLab(subject, lab, serve(subject, lab, lab.server().ipv4()));
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
  public static int newPort() {
    return NEXT_PORT.getAndIncrement();
  }

  private static CapturingServer serve(Subject subject, Lab lab, InetAddress local)
      throws Exception {
    Callable<CapturingServer> listen =
        () ->
            CapturingServer.behind(
                subject.listener().open(new InetSocketAddress(local, newPort()), 100, 100),
                subject.listener(),
                lab.server().threads());
    return lab.server().call(listen);
  }

  /** Another server on the server's host, at another of its addresses. */
  public CapturingServer serve(InetAddress local) throws Exception {
    return serve(subject, lab, local);
  }

  public Host client() {
    return lab.client();
  }

  public Host server() {
    return lab.server();
  }

  public Wire wire() {
    return lab.wire();
  }

  public CapturingServer peer() {
    return peer;
  }

  /** How the client is to connect: the default is {@code connector.open}. */
  public interface Connect {
    SocketChannel to(InetSocketAddress address, ByteBuffer data) throws Exception;
  }

  public Exchange exchange(byte[] data) throws Exception {
    return exchange(peer, peer.address(), data, subject.connector()::open);
  }

  public Exchange exchange(byte[] data, Connect connect) throws Exception {
    return exchange(peer, peer.address(), data, connect);
  }

  /** Connects on the client's host, sends the data, ends, and waits for what the server got. */
  public Exchange exchange(
      CapturingServer to, InetSocketAddress address, byte[] data, Connect connect)
      throws Exception {
    wire().forget();
    FastOpenOutcome outcome =
        client()
            .call(
                () -> {
                  try (SocketChannel channel = connect.to(address, ByteBuffer.wrap(data))) {
                    FastOpenOutcome told = subject.connector().outcome(channel);
                    CapturingServer.finish(channel);
                    return told;
                  }
                });
    CapturingServer.Received got = to.next();
    Expect.sameBytes("what the server got", data, got.bytes());
    Expect.equal("connections that the server saw beside this one", 0, to.waiting());
    wire().await(Segment::isSyn, SOON);
    return new Exchange(outcome, got.outcome(), wire().syns());
  }

  /** A first connect, after which the client has the server's cookie. */
  public void fetchCookie() throws Exception {
    exchange(TestData.bytes(20));
  }

  @Override
  public void close() throws IOException {
    try (lab) {
      peer.close();
    }
  }
}
