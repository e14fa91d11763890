package io.tfo.testkit;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.lab.Segment;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The rules for the wire when both sides have TCP Fast Open and the network has no faults. */
final class WireRules {
  static final List<Rule> RULES =
      List.of(
          Rule.must(
                  "W01",
                  "the first SYN asks for a cookie",
                  RuleSource.rfc(7413, "4.2.1"),
                  WireRules::firstAsks)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.must(
                  "W02",
                  "the second SYN carries the cookie and the data, and they are accepted",
                  RuleSource.rfc(7413, "4.2.2"),
                  WireRules::secondCarries)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.must(
                  "W03",
                  "the kernels count the connection on both sides",
                  RuleSource.linux("networking/snmp_counter.rst"),
                  WireRules::counted)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.must(
                  "W04",
                  "every further SYN carries its data",
                  RuleSource.rfc(7413, "4.1.3"),
                  WireRules::further)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.must(
                  "W05",
                  "the SYN to an IPv6 host carries its data",
                  RuleSource.rfc(7413, "4.2.2"),
                  WireRules::ipv6)
              .skippedWhen(BackendLab.NO_LAB + ", or no IPv6"),
          Rule.must(
                  "W06",
                  "the SYN to a link-local host carries its data",
                  RuleSource.javadoc(FastOpenConnector.class, "connect"),
                  WireRules::linkLocal)
              .skippedWhen(BackendLab.NO_WIRE + ", or no IPv6"),
          Rule.should(
              "W07",
              "the SYN of a non-blocking channel carries its data",
              RuleSource.javadoc(FastOpenConnector.class, "connect"),
              BackendLab.NO_LAB + ", or the backend connects such channels plainly",
              WireRules::nonBlocking),
          Rule.must(
                  "W08",
                  "the SYN of a connect with a timeout carries its data",
                  RuleSource.javadoc(FastOpenConnector.class, "connect"),
                  WireRules::timed)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.must(
                  "W09",
                  "the SYN of a bound, IPv4-only channel carries its data",
                  RuleSource.javadoc(FastOpenConnector.class),
                  WireRules::bound)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.must(
                  "W10",
                  "the SYN carries the beginning of more data than it holds",
                  RuleSource.javadoc(FastOpenConnector.class, "connect"),
                  WireRules::large)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.must(
                  "W11",
                  "a connect without data fetches a cookie for the next",
                  RuleSource.javadoc(FastOpenConnector.class, "connect"),
                  WireRules::empty)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.must(
                  "W12",
                  "a refused port throws from the connect even when its SYN had data",
                  RuleSource.javadoc(ConnectException.class),
                  WireRules::refused)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.must(
                  "W13",
                  "with the client side switched off a connect is plain; switched on again it is not",
                  RuleSource.javadoc(FastOpenConnector.class, "capability"),
                  WireRules::clientOff)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.must(
                  "W14",
                  "with the server side switched off nothing is accepted, and the capability says so",
                  RuleSource.javadoc(FastOpenListener.class, "capability"),
                  WireRules::serverOff)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.must(
                  "W15",
                  "a listener with a backlog of 0 does not accept SYN data",
                  RuleSource.javadoc(FastOpenListener.class, "bind"),
                  WireRules::backlogZero)
              .skippedWhen(BackendLab.NO_LAB),
          Rule.should(
              "W16",
              "the outcome is reported on both sides",
              RuleSource.javadoc(FastOpenConnector.class, "outcome"),
              BackendLab.NO_LAB + ", or the system does not report it",
              WireRules::outcomeTold));

  private static final int BIT_CLIENT = 1;

  private WireRules() {}

  private static void firstAsks(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      SynEvidence.asked(lab.exchange(TestData.bytes(20)));
    }
  }

  private static void secondCarries(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      lab.fetchCookie();
      SynEvidence.carried(lab, lab.exchange(TestData.bytes(200)), TestData.bytes(200));
    }
  }

  /** Checks that the outcome is reported; the other rules accept {@code UNKNOWN}. */
  private static void outcomeTold(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      lab.fetchCookie();
      BackendLab.Exchange exchange = lab.exchange(TestData.bytes(200));
      SynEvidence.carried(lab, exchange, TestData.bytes(200));
      if (exchange.client() == FastOpenOutcome.UNKNOWN
          || exchange.server() == FastOpenOutcome.UNKNOWN) {
        throw new RuleSkipped(
            String.format(
                Locale.ROOT,
                "the backend does not report the outcome: client %s, server %s",
                exchange.client(),
                exchange.server()));
      }
    }
  }

  private static void counted(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      lab.fetchCookie();
      long active = lab.client().counter("TCPFastOpenActive");
      long passive = lab.server().counter("TCPFastOpenPassive");
      lab.exchange(TestData.bytes(200));
      Expect.equal(
          "TCPFastOpenActive at the client", active + 1, lab.client().counter("TCPFastOpenActive"));
      Expect.equal(
          "TCPFastOpenPassive at the server",
          passive + 1,
          lab.server().counter("TCPFastOpenPassive"));
    }
  }

  private static void further(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      lab.fetchCookie();
      for (int i = 1; i <= 10; i++) {
        SynEvidence.carried(lab, lab.exchange(TestData.bytes(i * 50)), TestData.bytes(i * 50));
      }
    }
  }

  private static void ipv6(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      requireIpv6(lab);
      at(s, lab, lab.server().ipv6(), lab.server().ipv6());
    }
  }

  private static void linkLocal(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.withWire(s)) {
      requireIpv6(lab);
      at(
          s,
          lab,
          lab.server().linkLocalFrom(lab.server()),
          lab.server().linkLocalFrom(lab.client()));
    }
  }

  private static void requireIpv6(BackendLab lab) {
    if (!lab.server().hasIpv6()) {
      throw new RuleSkipped("the lab has no IPv6 here");
    }
  }

  private static void at(
      TestedBackend s, BackendLab lab, InetAddress local, InetAddress seenFromClient)
      throws Exception {
    try (CapturingServer peer = lab.serve(local)) {
      InetSocketAddress address = new InetSocketAddress(seenFromClient, peer.address().getPort());
      SynEvidence.asked(lab.exchange(peer, address, TestData.bytes(20), s.connector()::open));
      byte[] data = TestData.bytes(200);
      SynEvidence.carried(lab, lab.exchange(peer, address, data, s.connector()::open), data);
    }
  }

  private static void nonBlocking(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      lab.fetchCookie();
      byte[] data = TestData.bytes(200);
      Optional<String> plain = s.backend().plainWhenNonBlocking();
      if (plain.isPresent()) {
        SynEvidence.plain(
            lab.exchange(data, (address, buffer) -> SelectorConnect.written(s, address, buffer)));
        throw new RuleSkipped("connects non-blocking channels plainly: " + plain.get());
      }
      SynEvidence.carried(
          lab, lab.exchange(data, (address, buffer) -> selected(s, address, buffer)), data);
    }
  }

  private static SocketChannel selected(TestedBackend s, InetSocketAddress address, ByteBuffer data)
      throws Exception {
    SocketChannel channel = SelectorConnect.finished(s, address, data);
    Expect.equal("what the SYN left of the data", 0, data.remaining());
    return channel;
  }

  private static void timed(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      lab.fetchCookie();
      byte[] data = TestData.bytes(200);
      BackendLab.Connect within =
          (address, buffer) -> {
            SocketChannel channel = SocketChannel.open();
            s.connector().connect(channel, address, buffer, Duration.ofSeconds(20));
            return channel;
          };
      SynEvidence.carried(lab, lab.exchange(data, within), data);
    }
  }

  private static void bound(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      BackendLab.Connect fromItsAddress =
          (address, buffer) -> {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET);
            channel.bind(new InetSocketAddress(lab.client().ipv4(), 0));
            s.connector().connect(channel, address, buffer);
            return channel;
          };
      SynEvidence.asked(lab.exchange(TestData.bytes(20), fromItsAddress));
      byte[] data = TestData.bytes(200);
      SynEvidence.carried(lab, lab.exchange(data, fromItsAddress), data);
    }
  }

  private static void large(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      lab.fetchCookie();
      byte[] data = TestData.bytes(1_000_000);
      BackendLab.Exchange exchange = lab.exchange(data);
      byte[] inSyn = exchange.syn().payload();
      Expect.that(inSyn.length > 0, "the SYN has no data: %s", exchange.syn());
      SynEvidence.carried(lab, exchange, Arrays.copyOf(data, inSyn.length));
    }
  }

  private static void empty(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      SynEvidence.asked(lab.exchange(new byte[0]));
      SynEvidence.carried(lab, lab.exchange(TestData.bytes(200)), TestData.bytes(200));
      BackendLab.Exchange without = lab.exchange(new byte[0]);
      Expect.equal("bytes in the SYN of a connect without data", 0, without.syn().payloadLength());
    }
  }

  /** Connects to a port that had a server before: FreeBSD keeps a cookie by address and port. */
  private static void refused(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      InetSocketAddress refusing;
      try (CapturingServer server = lab.serve(lab.server().ipv4())) {
        refusing = server.address();
        lab.exchange(server, refusing, TestData.bytes(20), s.connector()::open);
      }
      lab.wire().forget();
      SocketChannel channel = lab.client().call(SocketChannel::open);
      ByteBuffer data = ByteBuffer.wrap(TestData.bytes(200));
      Expect.thrown(
          "a connect to a refused port",
          ConnectException.class,
          () -> lab.client().call(() -> s.connector().connect(channel, refusing, data)));
      Expect.equal("isOpen", false, channel.isOpen());
      Segment syn = lab.wire().await(Segment::isSyn);
      Expect.equal("bytes in the refused SYN", 200, syn.payloadLength());
    }
  }

  private static void clientOff(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      lab.fetchCookie();
      String on = lab.client().sysctl("net.ipv4.tcp_fastopen");
      lab.client()
          .sysctl("net.ipv4.tcp_fastopen", String.valueOf(Integer.parseInt(on) & ~BIT_CLIENT));
      FastOpenCapability off = lab.client().call(() -> s.connector().capability());
      Expect.equal("the client's capability", FastOpenCapability.Status.DISABLED, off.status());
      Expect.explained("client", off);
      for (int size : new int[] {0, 200, 100_000}) {
        BackendLab.Exchange plain = lab.exchange(TestData.bytes(size));
        Expect.equal("bytes in a SYN while switched off", 0, plain.syn().payloadLength());
        SynEvidence.told("client", plain.client(), FastOpenOutcome.NOT_ATTEMPTED);
      }
      lab.client().sysctl("net.ipv4.tcp_fastopen", on);
      Expect.equal(
          "the client's capability",
          FastOpenCapability.Status.AVAILABLE,
          lab.client().call(() -> s.connector().capability()).status());
      SynEvidence.carried(lab, lab.exchange(TestData.bytes(200)), TestData.bytes(200));
    }
  }

  private static void serverOff(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s)) {
      lab.server().sysctl("net.ipv4.tcp_fastopen", String.valueOf(BIT_CLIENT));
      FastOpenCapability off = lab.server().call(() -> s.listener().capability());
      Expect.equal("the server's capability", FastOpenCapability.Status.DISABLED, off.status());
      Expect.explained("server", off);
      neverAccepted(lab);
    }
  }

  private static void backlogZero(TestedBackend s) throws Exception {
    try (BackendLab lab = BackendLab.open(s);
        CapturingServer peer =
            lab.server()
                .call(
                    () ->
                        CapturingServer.behind(
                            s.listener()
                                .open(
                                    new InetSocketAddress(
                                        lab.server().ipv4(), BackendLab.newPort()),
                                    100,
                                    0),
                            s.listener(),
                            lab.server().threads()))) {
      for (int i = 0; i < 3; i++) {
        BackendLab.Exchange exchange =
            lab.exchange(peer, peer.address(), TestData.bytes(200), s.connector()::open);
        SynEvidence.told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
      }
    }
  }

  private static void neverAccepted(BackendLab lab) throws Exception {
    for (int i = 0; i < 3; i++) {
      SynEvidence.toldPlain(lab.exchange(TestData.bytes(200)));
    }
  }
}
