package io.tfo.testkit;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The rules for a connect through a network that hinders TCP Fast Open. */
final class FaultRules {
  /** One loss may have an ordinary cause; two are caused by the path. */
  private static final int MOST_LOSSES = 2;

  static final List<Rule> RULES =
      List.of(
          Rule.must(
                  "W30",
                  "when SYNs with data are dropped, the data arrives once",
                  RuleSource.rfc(7413, "4.2.2"),
                  FaultRules::synDataDropped)
              .skippedWhen(BackendLab.NO_WIRE),
          Rule.must(
                  "W31",
                  "when the option is stripped on the way, connects are plain",
                  RuleSource.rfc(7413, "4.2.1"),
                  FaultRules::stripped)
              .skippedWhen(BackendLab.NO_WIRE),
          Rule.must(
                  "W32",
                  "when the SYN-ACK is lost, the data arrives once",
                  RuleSource.rfc(7413, "4.2.2"),
                  FaultRules::synAckLost)
              .skippedWhen(BackendLab.NO_WIRE),
          Rule.must(
                  "W33",
                  "when the server no longer takes the cookie, the data arrives once",
                  RuleSource.rfc(7413, "4.2.2"),
                  FaultRules::cookieRefused)
              .skippedWhen(BackendLab.NO_WIRE),
          Rule.must(
                  "W34",
                  "when the cookie is corrupted on the way, the data arrives once",
                  RuleSource.rfc(7413, "4.1.2"),
                  FaultRules::cookieSpoiled)
              .skippedWhen(BackendLab.NO_WIRE),
          Rule.must(
                  "W35",
                  "when the data is removed from the SYN, it arrives once",
                  RuleSource.rfc(7413, "4.2.2"),
                  FaultRules::dataTakenOut)
              .skippedWhen(BackendLab.NO_WIRE),
          Rule.must(
                  "W36",
                  "when the link is cut, the timeout ends the connect",
                  RuleSource.javadoc(FastOpenConnector.class, "connect"),
                  FaultRules::cut)
              .skippedWhen(BackendLab.NO_WIRE),
          Rule.must(
                  "W37",
                  "when a SYN with data is answered by a reset, the connect is refused",
                  RuleSource.rfc(9293, "3.10.7.3"),
                  FaultRules::reset)
              .skippedWhen(BackendLab.NO_WIRE),
          Rule.must(
                  "W38",
                  "when segments are lost at random, the data arrives once and in order",
                  RuleSource.rfc(9293, "3.8"),
                  FaultRules::loss)
              .skippedWhen(BackendLab.NO_WIRE),
          Rule.must(
                  "W39",
                  "at most two connects are delayed by a path that drops SYNs with data",
                  RuleSource.javadoc(FastOpenConnector.class),
                  FaultRules::backedOff)
              .skippedWhen(BackendLab.NO_WIRE),
          Rule.must(
                  "W40",
                  "after SYNs of non-blocking channels were lost, connects are soon plain",
                  RuleSource.rfc(7413, "4.1.3.1"),
                  FaultRules::backedOffWhenNonBlocking)
              .skippedWhen(BackendLab.NO_WIRE + ", or the backend connects such channels plainly"));

  private FaultRules() {}

  private static BackendLab.Exchange under(BackendLab lab, Fault fault, int size) throws Exception {
    lab.fetchCookie();
    lab.wire().fault(fault);
    return lab.exchange(TestData.bytes(size));
  }

  private static void synDataDropped(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.withWire(s)) {
      BackendLab.Exchange exchange = under(lab, Faults.dropSynData(), 200);
      Expect.equal("bytes in the SYN that was dropped", 200, exchange.syn().payloadLength());
      Expect.that(exchange.syns().size() > 1, "the SYN was not sent again: %s", exchange.syns());
      SynEvidence.told("client", exchange.client(), FastOpenOutcome.SYN_RETRANSMITTED);
      SynEvidence.told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
    }
  }

  private static void stripped(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.withWire(s)) {
      lab.wire().fault(Faults.stripFastOpenOption());
      for (int i = 0; i < 3; i++) {
        BackendLab.Exchange exchange = lab.exchange(TestData.bytes(200));
        Expect.equal("bytes in a SYN without a cookie", 0, exchange.syn().payloadLength());
        SynEvidence.toldPlain(exchange);
      }
    }
  }

  private static void synAckLost(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.withWire(s)) {
      BackendLab.Exchange exchange = under(lab, Faults.dropSynAck(1), 200);
      Expect.equal("bytes in the SYN", 200, exchange.syn().payloadLength());
    }
  }

  private static void cookieRefused(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.withWire(s)) {
      lab.fetchCookie();
      lab.server().sysctl("net.ipv4.tcp_fastopen", "1");
      notAcked(lab.exchange(TestData.bytes(200)));
    }
  }

  private static void cookieSpoiled(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.withWire(s)) {
      notAcked(under(lab, Faults.spoilCookie(), 200));
    }
  }

  private static void dataTakenOut(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.withWire(s)) {
      notAcked(under(lab, Faults.stripSynData(), 200));
    }
  }

  private static void notAcked(BackendLab.Exchange exchange) {
    Expect.equal("bytes in the SYN", 200, exchange.syn().payloadLength());
    SynEvidence.told("client", exchange.client(), FastOpenOutcome.SYN_DATA_NOT_ACKED);
    SynEvidence.told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
  }

  private static void cut(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.withWire(s)) {
      lab.fetchCookie();
      lab.wire().fault(Faults.cut());
      InetSocketAddress address = lab.peer().address();
      SocketChannel channel = lab.client().call(() -> SocketChannel.open());
      ByteBuffer data = ByteBuffer.wrap(TestData.bytes(200));
      Expect.thrown(
          "a connect over a cut link",
          SocketTimeoutException.class,
          () ->
              lab.client()
                  .call(
                      () -> s.connector().connect(channel, address, data, Duration.ofMillis(300))));
      Expect.equal("isOpen", false, channel.isOpen());
      Expect.equal("the data's position", 0, data.position());
      Expect.equal("connections at the server", 0, lab.peer().waiting());
    }
  }

  private static void reset(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.withWire(s)) {
      lab.fetchCookie();
      lab.wire().fault(Faults.resetSyn());
      Expect.thrown(
          "a connect that is answered by a reset",
          ConnectException.class,
          () -> lab.exchange(TestData.bytes(200)));
      lab.wire().clearFaults();
      lab.exchange(TestData.bytes(200));
    }
  }

  private static void loss(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.withWire(s)) {
      lab.fetchCookie();
      // Except the end of the connection: the suite does not wait for the last retransmissions.
      lab.wire()
          .fault(Faults.only(segment -> !segment.has(Segment.Flag.FIN), Faults.loss(0.1, 7413)));
      lab.exchange(TestData.bytes(300_000));
    }
  }

  /**
   * Counts the losses, since policies differ: a backend may be plain from the first loss on;
   * another one, whose system does not report a loss, may connect plainly before it tries again.
   */
  private static void backedOff(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.withWire(s)) {
      lose(lab, s.connector()::open);
      int lost = 1;
      for (int i = 0; i < 4; i++) {
        BackendLab.Exchange next = lab.exchange(TestData.bytes(200));
        int bytes = next.syn().payloadLength();
        if (bytes == 0) {
          SynEvidence.toldPlain(next);
          Expect.equal("SYNs of a plain connect", 1, next.syns().size());
        } else {
          lost++;
          Expect.that(
              lost <= MOST_LOSSES,
              "connects whose SYN with data was dropped: expected at most %d but got %d,"
                  + " the last with %d bytes: %s",
              MOST_LOSSES,
              lost,
              bytes,
              next.syns());
        }
      }
      Expect.equal(
          "the client's capability",
          FastOpenCapability.Status.AVAILABLE,
          lab.client().call(() -> s.connector().capability()).status());
    }
  }

  /** The JDK finishes such a connect, so a lost SYN may be noticed a moment later. */
  private static void backedOffWhenNonBlocking(TestedBackend s) throws Exception {
    Optional<String> plain = s.backend().plainWhenNonBlocking();
    if (plain.isPresent()) {
      throw new RuleSkipped("connects non-blocking channels plainly: " + plain.get());
    }
    try (BackendLab lab = BackendLab.withWire(s)) {
      BackendLab.Connect connect = (address, data) -> SelectorConnect.written(s, address, data);
      lose(lab, connect);
      BackendLab.Exchange next = lab.exchange(TestData.bytes(200), connect);
      for (int i = 0; i < 3 && next.syn().payloadLength() > 0; i++) {
        next = lab.exchange(TestData.bytes(200), connect);
      }
      plainAtOnce(next);
    }
  }

  private static void lose(BackendLab lab, BackendLab.Connect connect) throws Exception {
    lab.fetchCookie();
    lab.wire().fault(Faults.dropSynData());
    BackendLab.Exchange lost = lab.exchange(TestData.bytes(200), connect);
    Expect.equal("bytes in the SYN that was dropped", 200, lost.syn().payloadLength());
    SynEvidence.told("client", lost.client(), FastOpenOutcome.SYN_RETRANSMITTED);
  }

  private static void plainAtOnce(BackendLab.Exchange exchange) {
    SynEvidence.plain(exchange);
    Expect.equal("SYNs of a plain connect", 1, exchange.syns().size());
  }
}
