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
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A {@link Lab} with a backend on both of its hosts: its connector on the client, and on the server
 * a {@link CapturingServer} behind its listener.
 */
public final class BackendLab implements AutoCloseable {
  /**
   * The system property {@code io.tfo.lab}. With {@code require}, a rule that would be skipped
   * because there is no lab fails.
   */
  public static final String PROPERTY = "io.tfo.lab";

  static final String NO_LAB = "no lab";
  static final String NO_WIRE = "no lab with two hosts";

  /** The next port; these ports are below those that kernels choose. */
  private static final AtomicInteger NEXT_PORT = new AtomicInteger(10_000);

  /** The availability is probed once, since each probe opens up to two labs. */
  private static final class Probed {
    static final LabAvailability AVAILABILITY = Lab.availability();
  }

  private final TestedBackend subject;
  private final Lab lab;
  private final CapturingServer peer;

  /**
   * The observations of one connection, from its SYN to its end.
   *
   * @param client the outcome that the connector reported
   * @param server the outcome that the listener reported
   * @param syns every SYN that the client sent for it, in order; not empty
   */
  public record Exchange(FastOpenOutcome client, FastOpenOutcome server, List<Segment> syns) {
    /** Returns the first SYN. */
    public Segment syn() {
      return syns.get(0);
    }
  }

  private BackendLab(TestedBackend subject, Lab lab, CapturingServer peer) {
    this.subject = subject;
    this.lab = lab;
    this.peer = peer;
  }

  /**
   * Opens the best lab that is available; its wire records every segment.
   *
   * @param subject the backend
   * @return a new lab, in which no cookie is known
   * @throws RuleSkipped if there is no lab, or the backend is unsupported here
   * @throws AssertionError if there is no lab, and {@link #PROPERTY} requires one
   * @throws Exception if the lab or the listener cannot be opened
   */
  public static BackendLab open(TestedBackend subject) throws Exception {
    return open(subject, LabAvailability.Kind.LOOPBACK);
  }

  /**
   * Opens a lab with two hosts, whose wire can have delays and faults.
   *
   * @param subject the backend
   * @return a new lab, in which no cookie is known
   * @throws RuleSkipped if there is no such lab, or the backend is unsupported here
   * @throws AssertionError if there is no such lab, and {@link #PROPERTY} requires one
   * @throws Exception if the lab or the listener cannot be opened
   */
  public static BackendLab withWire(TestedBackend subject) throws Exception {
    return open(subject, LabAvailability.Kind.TWO_HOSTS);
  }

  private static BackendLab open(TestedBackend subject, LabAvailability.Kind atLeast)
      throws Exception {
    TestedBackend.requireSupported(subject.connector().capability());
    LabAvailability available = Probed.AVAILABILITY;
    if (available.kind() == LabAvailability.Kind.NONE
        || (atLeast == LabAvailability.Kind.TWO_HOSTS && available.kind() != atLeast)) {
      throw unavailable(available);
    }
    Lab lab = Lab.open(available.kind()); // not another kind, if this one fails once
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
   * Returns a port that no server of this JVM had before. Each lab has the same addresses, and a
   * backend may remember a destination.
   *
   * @return a new port, from 10,000 on
   */
  public static int newPort() {
    return NEXT_PORT.getAndIncrement();
  }

  private static CapturingServer serve(TestedBackend subject, Lab lab, InetAddress local)
      throws Exception {
    Callable<CapturingServer> listen =
        () ->
            CapturingServer.behind(
                subject.listener().open(new InetSocketAddress(local, newPort()), 100, 100),
                subject.listener(),
                lab.server().threads());
    return lab.server().call(listen);
  }

  /**
   * Starts another server on the server's host.
   *
   * @param local one of that host's addresses
   * @return the server, at a {@linkplain #newPort() new port}
   * @throws Exception if the listener cannot be opened
   */
  public CapturingServer serve(InetAddress local) throws Exception {
    return serve(subject, lab, local);
  }

  /** Returns the lab. */
  public Lab lab() {
    return lab;
  }

  /** Returns the host that connects. */
  public Host client() {
    return lab.client();
  }

  /** Returns the host that listens. */
  public Host server() {
    return lab.server();
  }

  /** Returns the wire between the hosts. */
  public Wire wire() {
    return lab.wire();
  }

  /** Returns the server behind the backend's listener. */
  public CapturingServer peer() {
    return peer;
  }

  /** A way to connect; unless another is given, {@link io.tfo.FastOpenConnector#open}. */
  @FunctionalInterface
  public interface Connect {
    /**
     * Connects and sends all of the data. Called on the client's host.
     *
     * @param address the server's address
     * @param data what to send
     * @return a connected channel
     * @throws Exception if the connect fails
     */
    SocketChannel to(InetSocketAddress address, ByteBuffer data) throws Exception;
  }

  /**
   * Connects to {@link #peer()} and sends data.
   *
   * @param data what to send
   * @return what was seen of the connection
   * @throws AssertionError if the data did not arrive once and in order
   * @throws Exception if the connect fails
   */
  public Exchange exchange(byte[] data) throws Exception {
    return exchange(peer, peer.address(), data, subject.connector()::open);
  }

  /**
   * Connects to {@link #peer()} in some way and sends data.
   *
   * @param data what to send
   * @param connect how to connect
   * @return what was seen of the connection
   * @throws AssertionError if the data did not arrive once and in order
   * @throws Exception if the connect fails
   */
  public Exchange exchange(byte[] data, Connect connect) throws Exception {
    return exchange(peer, peer.address(), data, connect);
  }

  /**
   * Connects on the client's host, sends data, ends the stream, and waits until the server has read
   * the whole connection.
   *
   * @param to the server
   * @param address the server's address as the client sees it
   * @param data what to send
   * @param connect how to connect
   * @return what was seen of the connection
   * @throws AssertionError if the data did not arrive once and in order
   * @throws Exception if the connect fails
   */
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
    wire().await(Segment::isSyn);
    return new Exchange(outcome, got.outcome(), wire().syns());
  }

  /**
   * Makes a first connect, after which the client's kernel knows the server's cookie.
   *
   * @throws Exception if the connect fails
   */
  public void fetchCookie() throws Exception {
    exchange(TestData.bytes(20));
  }

  /** Closes the server and the lab. */
  @Override
  public void close() throws IOException {
    try (lab) {
      peer.close();
    }
  }
}
