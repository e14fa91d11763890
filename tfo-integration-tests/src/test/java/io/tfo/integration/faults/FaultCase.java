package io.tfo.integration.faults;

import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.backend.linux.legacy.LinuxLegacyBackend;
import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.lab.Segment;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.BackendLab;
import io.tfo.testkit.CapturingServer;
import io.tfo.testkit.Expect;
import io.tfo.testkit.RuleSkipped;
import io.tfo.testkit.SynEvidence;
import io.tfo.testkit.TestData;
import io.tfo.testkit.TestedBackend;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** A cell of the fault table: makes the connects of a row, by a backend or by the JDK alone. */
record FaultCase(FaultRow row, String backend, Supplier<FastOpenBackend> fresh, boolean ipv6) {

  static FaultCase of(FaultRow row, String backend, boolean ipv6) {
    return new FaultCase(row, backend, BackendsUnderTest.ALL.get(backend), ipv6);
  }

  /** How a connection ended for the client. */
  enum Result {
    /** The server got what was sent, and the client its reply. */
    INTACT,
    /** {@link ConnectException}. */
    REFUSED,
    /** {@link SocketTimeoutException}. */
    TIMED_OUT,
    /** Another {@link IOException}. */
    RESET
  }

  /**
   * One connection.
   *
   * @param outcome the outcome that the backend reported; null if it reported none
   * @param time from the connect's beginning to the end of the reply, or to the exception
   */
  record Connection(Result result, @Nullable FastOpenOutcome outcome, Duration time) {}

  /** The connections of a case, and as many plain ones under the same row. */
  record Report(FaultCase of, List<Connection> plain, List<Connection> fast) {
    /** How much longer than the plain connection the other one took. */
    Duration extra(int connection) {
      return fast.get(connection).time().minus(plain.get(connection).time());
    }
  }

  /** Connects and sends; returns the outcome, or null if none is reported. */
  private interface Connect {
    @Nullable FastOpenOutcome connect(
        SocketChannel channel, InetSocketAddress server, ByteBuffer data) throws Exception;
  }

  /** Makes the same connects by the JDK alone. */
  List<Connection> plain() throws Exception {
    int patience = (int) row.patience().toMillis();
    return connections(
        new TestedBackend(fresh.get()),
        (channel, server, data) -> {
          channel.socket().connect(server, patience);
          while (data.hasRemaining()) {
            channel.write(data);
          }
          return null;
        });
  }

  /** Makes the backend's connects. */
  List<Connection> fast() throws Exception {
    TestedBackend subject = new TestedBackend(fresh.get());
    return connections(
        subject,
        (channel, server, data) -> {
          subject.connector().connect(channel, server, data, row.patience());
          Expect.equal("bytes that were not sent", 0, data.remaining());
          return subject.connector().outcome(channel);
        });
  }

  private List<Connection> connections(TestedBackend subject, Connect connect) throws Exception {
    try (BackendLab lab = BackendLab.withWire(subject)) {
      if (ipv6 && !lab.server().hasIpv6()) {
        throw new RuleSkipped("no IPv6 here");
      }
      InetAddress local = ipv6 ? lab.server().ipv6() : lab.server().ipv4();
      try (CapturingServer peer = serve(subject, lab, local)) {
        InetSocketAddress server = peer.address();
        row.before().begin(lab.lab(), server);
        if (row.withCookie()) {
          lab.exchange(peer, server, TestData.bytes(10), subject.connector()::open);
        }
        row.condition().begin(lab.lab(), server);
        Attempts attempts = new Attempts(lab, peer, connect);
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < row.connects(); i++) {
          connections.add(attempts.next());
        }
        attempts.end();
        return connections;
      }
    }
  }

  private CapturingServer serve(TestedBackend subject, BackendLab lab, InetAddress local)
      throws Exception {
    FastOpenListener listener =
        row.fastOpenQueue() == 1
            ? new LinuxLegacyBackend().listener() // the others have no queue of that length
            : subject.listener();
    InetSocketAddress address = new InetSocketAddress(local, 0);
    return lab.server()
        .call(
            () ->
                CapturingServer.behind(
                    listener.open(address, 100, row.fastOpenQueue()),
                    listener,
                    lab.server().threads()));
  }

  /** The connections of a client, one after the other; each with data of its own. */
  private final class Attempts {
    private final BackendLab lab;
    private final CapturingServer peer;
    private final Connect connect;
    private final List<byte[]> failed = new ArrayList<>();
    private int count;

    Attempts(BackendLab lab, CapturingServer peer, Connect connect) {
      this.lab = lab;
      this.peer = peer;
      this.connect = connect;
    }

    Connection next() throws Exception {
      byte[] data = TestData.bytes(row.bytes() + count++);
      lab.wire().forget();
      long start = System.nanoTime();
      Result result;
      FastOpenOutcome outcome = null;
      int port = 0;
      try (SocketChannel channel = lab.client().call(() -> SocketChannel.open())) {
        try {
          outcome =
              lab.client()
                  .call(() -> connect.connect(channel, peer.address(), ByteBuffer.wrap(data)));
          port = ((InetSocketAddress) channel.getLocalAddress()).getPort();
          finish(channel);
          result = Result.INTACT;
        } catch (SocketTimeoutException e) {
          result = Result.TIMED_OUT;
        } catch (ConnectException e) {
          result = Result.REFUSED;
        } catch (IOException e) {
          result = Result.RESET;
        }
        Expect.that( // it stays open, as the JDK leaves it, where only a write has failed
            channel.isConnected() || !channel.isOpen(),
            "a channel is open whose connect has failed: %s",
            result);
      }
      Duration time = Duration.ofNanos(System.nanoTime() - start);
      if (result == Result.INTACT) {
        Truth truth = Truth.of(lab.wire().segments(), port);
        SynEvidence.told("server", received(data), truth.server());
        if (outcome != null) {
          SynEvidence.told("client", outcome, truth.client());
        }
      } else {
        failed.add(data);
      }
      return new Connection(result, outcome, time);
    }

    private void finish(SocketChannel channel) throws IOException {
      channel.socket().setSoTimeout((int) row.patience().toMillis());
      channel.shutdownOutput();
      InputStream in = channel.socket().getInputStream();
      Expect.sameBytes("the server's reply", CapturingServer.reply(), in.readAllBytes());
    }

    void end() throws InterruptedException {
      while (peer.waiting() > 0) {
        byte[] bytes = peer.next().bytes();
        Expect.that(wasGivenUp(bytes), "%d bytes arrived that were never sent", bytes.length);
      }
    }

    private boolean wasGivenUp(byte[] bytes) {
      return failed.removeIf(given -> Arrays.equals(given, bytes));
    }

    /** Skips data of failed connections, which may have arrived at the server, once. */
    private FastOpenOutcome received(byte[] data) throws InterruptedException {
      while (true) {
        CapturingServer.Received got = peer.next();
        byte[] bytes = got.bytes();
        if (!wasGivenUp(bytes)) {
          Expect.sameBytes("what the server got", data, bytes);
          return got.outcome();
        }
      }
    }
  }

  /** The outcome that the wire shows for each side. */
  private record Truth(FastOpenOutcome client, FastOpenOutcome server) {
    static Truth of(List<Segment> all, int port) {
      List<Segment> syns =
          all.stream()
              .filter(segment -> segment.isSyn() && segment.source().getPort() == port)
              .filter(segment -> segment.fate() != Segment.Fate.ADDED)
              .toList();
      List<Segment> answers =
          all.stream()
              .filter(segment -> segment.isSynAck() && segment.destination().getPort() == port)
              .toList();
      Segment syn = syns.get(0);
      boolean sent = answers.stream().anyMatch(answer -> acknowledges(answer, syn));
      boolean got =
          answers.stream()
              .filter(answer -> answer.fate() != Segment.Fate.DROPPED)
              .findFirst()
              .filter(answer -> acknowledges(answer, syn))
              .isPresent();
      return new Truth(
          client(syn, got, syns.size() > 1),
          sent ? FastOpenOutcome.SYN_DATA_ACKED : FastOpenOutcome.NOT_ATTEMPTED);
    }

    private static FastOpenOutcome client(Segment syn, boolean acknowledged, boolean again) {
      if (syn.payloadLength() == 0) {
        return syn.hasFastOpenOption()
            ? FastOpenOutcome.COOKIE_REQUESTED
            : FastOpenOutcome.NOT_ATTEMPTED;
      }
      if (acknowledged) {
        return FastOpenOutcome.SYN_DATA_ACKED;
      }
      return again ? FastOpenOutcome.SYN_RETRANSMITTED : FastOpenOutcome.SYN_DATA_NOT_ACKED;
    }

    private static boolean acknowledges(Segment answer, Segment syn) {
      long bytes = (answer.acknowledgment() - syn.sequence() - 1) & 0xffffffffL;
      return bytes > 0 && bytes == syn.payloadLength();
    }
  }

  @Override
  public String toString() {
    return "%s, %s, %s".formatted(row, backend, ipv6 ? "IPv6" : "IPv4");
  }
}
