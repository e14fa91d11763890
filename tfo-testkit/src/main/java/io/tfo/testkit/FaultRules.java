package io.tfo.testkit;

import io.tfo.FastOpenCapability;
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

/** What a connect must stand when the network is against TCP Fast Open. */
final class FaultRules {
  static final List<Rule> RULES =
      List.of(
          new Rule(
              "W30",
              "when SYNs with data are dropped, the data arrives once all the same",
              FaultRules::synDataDropped),
          new Rule(
              "W31",
              "when the option is stripped on the way, connects are plain",
              FaultRules::stripped),
          new Rule(
              "W32", "when the SYN-ACK is lost, the data arrives once", FaultRules::synAckLost),
          new Rule(
              "W33",
              "when the server no longer takes the cookie, the data arrives once",
              FaultRules::cookieRefused),
          new Rule(
              "W34",
              "when the cookie is spoiled on the way, the data arrives once",
              FaultRules::cookieSpoiled),
          new Rule(
              "W35",
              "when the data is taken out of the SYN, it arrives once",
              FaultRules::dataTakenOut),
          new Rule("W36", "when the line is cut, the timeout ends the connect", FaultRules::cut),
          new Rule(
              "W37",
              "when a SYN with data is answered by a reset, the connect is refused",
              FaultRules::reset),
          new Rule(
              "W38",
              "when segments are lost at random, the data arrives once and in order",
              FaultRules::loss),
          new Rule(
              "W39",
              "after a SYN with data was lost, connects to that server are plain",
              FaultRules::backedOff),
          new Rule(
              "W40",
              "after the SYN of a non-blocking channel was lost, connects are soon plain",
              FaultRules::backedOffWhenNonBlocking));

  private FaultRules() {}

  private static BackendLab.Exchange under(BackendLab hosts, Fault fault, int size)
      throws Exception {
    hosts.fetchCookie();
    hosts.wire().fault(fault);
    return hosts.exchange(TestData.bytes(size));
  }

  private static void synDataDropped(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.withWire(s)) {
      BackendLab.Exchange exchange = under(hosts, Faults.dropSynData(), 200);
      Expect.equal("bytes in the SYN that was dropped", 200, exchange.syn().payloadLength());
      Expect.that(exchange.syns().size() > 1, "the SYN was not sent again: %s", exchange.syns());
      SynEvidence.told("client", exchange.client(), FastOpenOutcome.SYN_RETRANSMITTED);
      SynEvidence.told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
    }
  }

  private static void stripped(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.withWire(s)) {
      hosts.wire().fault(Faults.stripFastOpenOption());
      for (int i = 0; i < 3; i++) {
        BackendLab.Exchange exchange = hosts.exchange(TestData.bytes(200));
        Expect.equal("bytes in a SYN without a cookie", 0, exchange.syn().payloadLength());
        SynEvidence.told(
            "client",
            exchange.client(),
            FastOpenOutcome.COOKIE_REQUESTED,
            FastOpenOutcome.NOT_ATTEMPTED);
        SynEvidence.told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
      }
    }
  }

  private static void synAckLost(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.withWire(s)) {
      BackendLab.Exchange exchange = under(hosts, Faults.dropSynAck(1), 200);
      Expect.equal("bytes in the SYN", 200, exchange.syn().payloadLength());
    }
  }

  private static void cookieRefused(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.withWire(s)) {
      hosts.fetchCookie();
      hosts.server().sysctl("net.ipv4.tcp_fastopen", "1");
      notAcked(hosts.exchange(TestData.bytes(200)));
    }
  }

  private static void cookieSpoiled(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.withWire(s)) {
      notAcked(under(hosts, Faults.spoilCookie(), 200));
    }
  }

  private static void dataTakenOut(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.withWire(s)) {
      notAcked(under(hosts, Faults.stripSynData(), 200));
    }
  }

  private static void notAcked(BackendLab.Exchange exchange) {
    Expect.equal("bytes in the SYN", 200, exchange.syn().payloadLength());
    SynEvidence.told("client", exchange.client(), FastOpenOutcome.SYN_DATA_NOT_ACKED);
    SynEvidence.told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
  }

  private static void cut(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.withWire(s)) {
      hosts.fetchCookie();
      hosts.wire().fault(Faults.cut());
      InetSocketAddress address = hosts.peer().address();
      SocketChannel channel = hosts.client().call(() -> SocketChannel.open());
      ByteBuffer data = ByteBuffer.wrap(TestData.bytes(200));
      Expect.thrown(
          "a connect over a cut line",
          SocketTimeoutException.class,
          () ->
              hosts
                  .client()
                  .call(
                      () -> s.connector().connect(channel, address, data, Duration.ofMillis(300))));
      Expect.equal("isOpen", false, channel.isOpen());
      Expect.equal("the data's position", 0, data.position());
      Expect.equal("connections at the server", 0, hosts.peer().waiting());
    }
  }

  private static void reset(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.withWire(s)) {
      hosts.fetchCookie();
      hosts.wire().fault(Faults.resetSyn());
      Expect.thrown(
          "a connect that is answered by a reset",
          ConnectException.class,
          () -> hosts.exchange(TestData.bytes(200)));
      hosts.wire().clearFaults();
      hosts.exchange(TestData.bytes(200));
    }
  }

  private static void loss(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.withWire(s)) {
      hosts.fetchCookie();
      // Not the connection's end: the suite does not wait for the last retransmissions.
      hosts
          .wire()
          .fault(Faults.only(segment -> !segment.has(Segment.Flag.FIN), Faults.loss(0.1, 7413)));
      hosts.exchange(TestData.bytes(300_000));
    }
  }

  private static void backedOff(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.withWire(s)) {
      lose(hosts, s.connector()::open);
      for (int i = 0; i < 3; i++) {
        plainAtOnce(hosts.exchange(TestData.bytes(200)));
      }
      Expect.equal(
          "the client's capability",
          FastOpenCapability.Status.AVAILABLE,
          hosts.client().call(() -> s.connector().capability()).status());
    }
  }

  /** The JDK finishes such a connect: that the SYN was lost may be noticed a moment later. */
  private static void backedOffWhenNonBlocking(Subject s) throws Exception {
    Optional<String> plain = s.backend().plainWhenNonBlocking();
    if (plain.isPresent()) {
      throw new RuleSkipped("connects non-blocking channels plainly: " + plain.get());
    }
    try (BackendLab hosts = BackendLab.withWire(s)) {
      BackendLab.Connect connect = (address, data) -> SelectorConnect.written(s, address, data);
      lose(hosts, connect);
      BackendLab.Exchange next = hosts.exchange(TestData.bytes(200), connect);
      for (int i = 0; i < 3 && next.syn().payloadLength() > 0; i++) {
        next = hosts.exchange(TestData.bytes(200), connect);
      }
      plainAtOnce(next);
    }
  }

  private static void lose(BackendLab hosts, BackendLab.Connect connect) throws Exception {
    hosts.fetchCookie();
    hosts.wire().fault(Faults.dropSynData());
    BackendLab.Exchange lost = hosts.exchange(TestData.bytes(200), connect);
    Expect.equal("bytes in the SYN that was dropped", 200, lost.syn().payloadLength());
    SynEvidence.told("client", lost.client(), FastOpenOutcome.SYN_RETRANSMITTED);
  }

  private static void plainAtOnce(BackendLab.Exchange exchange) {
    SynEvidence.plain(exchange);
    Expect.equal("SYNs of a plain connect", 1, exchange.syns().size());
  }
}
