package io.tfo.testkit;

import io.tfo.FastOpenCapability;
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
import java.util.Optional;

/** What must be seen on the wire when both sides have TCP Fast Open and nothing is in the way. */
final class WireRules {
  static final List<Rule> RULES =
      List.of(
          new Rule("W01", "the first SYN asks for a cookie", WireRules::firstAsks),
          new Rule(
              "W02",
              "the second SYN carries the cookie and the data, and they are accepted",
              WireRules::secondCarries),
          new Rule("W03", "the kernels count the connection on both sides", WireRules::counted),
          new Rule("W04", "every further SYN carries its data", WireRules::further),
          new Rule("W05", "the SYN to an IPv6 host carries its data", WireRules::ipv6),
          new Rule("W06", "the SYN to a link-local host carries its data", WireRules::linkLocal),
          new Rule(
              "W07", "the SYN of a non-blocking channel carries its data", WireRules::nonBlocking),
          new Rule("W08", "the SYN of a connect with a timeout carries its data", WireRules::timed),
          new Rule(
              "W09", "the SYN of a bound, IPv4-only channel carries its data", WireRules::bound),
          new Rule(
              "W10", "the SYN carries the beginning of more data than it holds", WireRules::large),
          new Rule("W11", "a connect without data fetches a cookie for the next", WireRules::empty),
          new Rule(
              "W12",
              "a refused port throws from the connect even when its SYN had data",
              WireRules::refused),
          new Rule(
              "W13",
              "with the client side switched off a connect is plain; switched on again it is not",
              WireRules::clientOff),
          new Rule(
              "W14",
              "with the server side switched off nothing is accepted, and the capability says so",
              WireRules::serverOff),
          new Rule(
              "W15",
              "a listener with a backlog of 0 does not accept SYN data",
              WireRules::backlogZero),
          new Rule("W16", "the outcome is told on both sides", WireRules::outcomeTold));

  private static final int BIT_CLIENT = 1;

  private WireRules() {}

  private static void firstAsks(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      SynEvidence.asked(hosts.exchange(TestData.bytes(20)));
    }
  }

  private static void secondCarries(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      hosts.fetchCookie();
      SynEvidence.carried(hosts, hosts.exchange(TestData.bytes(200)), TestData.bytes(200));
    }
  }

  /** The other rules let a backend say that it does not know: here that is seen. */
  private static void outcomeTold(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      hosts.fetchCookie();
      BackendLab.Exchange exchange = hosts.exchange(TestData.bytes(200));
      SynEvidence.carried(hosts, exchange, TestData.bytes(200));
      if (exchange.client() == FastOpenOutcome.UNKNOWN
          || exchange.server() == FastOpenOutcome.UNKNOWN) {
        throw new RuleSkipped(
            "the backend does not tell: client %s, server %s"
                .formatted(exchange.client(), exchange.server()));
      }
    }
  }

  private static void counted(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      hosts.fetchCookie();
      long active = hosts.client().counter("TCPFastOpenActive");
      long passive = hosts.server().counter("TCPFastOpenPassive");
      hosts.exchange(TestData.bytes(200));
      Expect.equal(
          "TCPFastOpenActive at the client",
          active + 1,
          hosts.client().counter("TCPFastOpenActive"));
      Expect.equal(
          "TCPFastOpenPassive at the server",
          passive + 1,
          hosts.server().counter("TCPFastOpenPassive"));
    }
  }

  private static void further(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      hosts.fetchCookie();
      for (int i = 1; i <= 10; i++) {
        SynEvidence.carried(hosts, hosts.exchange(TestData.bytes(i * 50)), TestData.bytes(i * 50));
      }
    }
  }

  private static void ipv6(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      requireIpv6(hosts);
      at(s, hosts, hosts.server().ipv6(), hosts.server().ipv6());
    }
  }

  private static void linkLocal(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.withWire(s)) {
      requireIpv6(hosts);
      at(
          s,
          hosts,
          hosts.server().linkLocalFrom(hosts.server()),
          hosts.server().linkLocalFrom(hosts.client()));
    }
  }

  private static void requireIpv6(BackendLab hosts) {
    if (!hosts.server().hasIpv6()) {
      throw new RuleSkipped("the lab has no IPv6 here");
    }
  }

  private static void at(Subject s, BackendLab hosts, InetAddress local, InetAddress seenFromClient)
      throws Exception {
    try (CapturingServer peer = hosts.serve(local)) {
      InetSocketAddress address = new InetSocketAddress(seenFromClient, peer.address().getPort());
      SynEvidence.asked(hosts.exchange(peer, address, TestData.bytes(20), s.connector()::open));
      byte[] data = TestData.bytes(200);
      SynEvidence.carried(hosts, hosts.exchange(peer, address, data, s.connector()::open), data);
    }
  }

  private static void nonBlocking(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      hosts.fetchCookie();
      byte[] data = TestData.bytes(200);
      Optional<String> plain = s.backend().plainWhenNonBlocking();
      if (plain.isPresent()) {
        SynEvidence.plain(
            hosts.exchange(data, (address, buffer) -> SelectorConnect.written(s, address, buffer)));
        throw new RuleSkipped("connects non-blocking channels plainly: " + plain.get());
      }
      SynEvidence.carried(
          hosts, hosts.exchange(data, (address, buffer) -> selected(s, address, buffer)), data);
    }
  }

  private static SocketChannel selected(Subject s, InetSocketAddress address, ByteBuffer data)
      throws Exception {
    SocketChannel channel = SelectorConnect.finished(s, address, data);
    Expect.equal("what the SYN left of the data", 0, data.remaining());
    return channel;
  }

  private static void timed(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      hosts.fetchCookie();
      byte[] data = TestData.bytes(200);
      BackendLab.Connect within =
          (address, buffer) -> {
            SocketChannel channel = SocketChannel.open();
            s.connector().connect(channel, address, buffer, Duration.ofSeconds(20));
            return channel;
          };
      SynEvidence.carried(hosts, hosts.exchange(data, within), data);
    }
  }

  private static void bound(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      BackendLab.Connect fromItsAddress =
          (address, buffer) -> {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET);
            channel.bind(new InetSocketAddress(hosts.client().ipv4(), 0));
            s.connector().connect(channel, address, buffer);
            return channel;
          };
      SynEvidence.asked(hosts.exchange(TestData.bytes(20), fromItsAddress));
      byte[] data = TestData.bytes(200);
      SynEvidence.carried(hosts, hosts.exchange(data, fromItsAddress), data);
    }
  }

  private static void large(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      hosts.fetchCookie();
      byte[] data = TestData.bytes(1_000_000);
      BackendLab.Exchange exchange = hosts.exchange(data);
      byte[] inSyn = exchange.syn().payload();
      Expect.that(inSyn.length > 0, "the SYN has no data: %s", exchange.syn());
      SynEvidence.carried(hosts, exchange, Arrays.copyOf(data, inSyn.length));
    }
  }

  private static void empty(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      SynEvidence.asked(hosts.exchange(new byte[0]));
      SynEvidence.carried(hosts, hosts.exchange(TestData.bytes(200)), TestData.bytes(200));
      BackendLab.Exchange without = hosts.exchange(new byte[0]);
      Expect.equal("bytes in the SYN of a connect without data", 0, without.syn().payloadLength());
    }
  }

  private static void refused(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s);
        RefusingPort port = hosts.server().call(() -> new RefusingPort(hosts.server().ipv4()))) {
      hosts.fetchCookie();
      hosts.wire().forget();
      InetSocketAddress refusing = port.address();
      SocketChannel channel = hosts.client().call(SocketChannel::open);
      ByteBuffer data = ByteBuffer.wrap(TestData.bytes(200));
      Expect.thrown(
          "a connect to a port where nobody listens",
          ConnectException.class,
          () -> hosts.client().call(() -> s.connector().connect(channel, refusing, data)));
      Expect.equal("isOpen", false, channel.isOpen());
      Segment syn = hosts.wire().await(Segment::isSyn, Duration.ofSeconds(10));
      Expect.equal("bytes in the refused SYN", 200, syn.payloadLength());
    }
  }

  private static void clientOff(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      hosts.fetchCookie();
      String on = hosts.client().sysctl("net.ipv4.tcp_fastopen");
      hosts
          .client()
          .sysctl("net.ipv4.tcp_fastopen", String.valueOf(Integer.parseInt(on) & ~BIT_CLIENT));
      FastOpenCapability off = hosts.client().call(() -> s.connector().capability());
      Expect.equal("the client's capability", FastOpenCapability.Status.DISABLED, off.status());
      Expect.explained("client", off);
      for (int size : new int[] {0, 200, 100_000}) {
        BackendLab.Exchange plain = hosts.exchange(TestData.bytes(size));
        Expect.equal("bytes in a SYN while switched off", 0, plain.syn().payloadLength());
        SynEvidence.told("client", plain.client(), FastOpenOutcome.NOT_ATTEMPTED);
      }
      hosts.client().sysctl("net.ipv4.tcp_fastopen", on);
      Expect.equal(
          "the client's capability",
          FastOpenCapability.Status.AVAILABLE,
          hosts.client().call(() -> s.connector().capability()).status());
      SynEvidence.carried(hosts, hosts.exchange(TestData.bytes(200)), TestData.bytes(200));
    }
  }

  private static void serverOff(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s)) {
      hosts.server().sysctl("net.ipv4.tcp_fastopen", String.valueOf(BIT_CLIENT));
      FastOpenCapability off = hosts.server().call(() -> s.listener().capability());
      Expect.equal("the server's capability", FastOpenCapability.Status.DISABLED, off.status());
      Expect.explained("server", off);
      neverAccepted(hosts);
    }
  }

  private static void backlogZero(Subject s) throws Exception {
    try (BackendLab hosts = BackendLab.open(s);
        CapturingServer peer =
            hosts
                .server()
                .call(
                    () ->
                        CapturingServer.behind(
                            s.listener()
                                .open(
                                    new InetSocketAddress(
                                        hosts.server().ipv4(), BackendLab.newPort()),
                                    100,
                                    0),
                            s.listener(),
                            hosts.server().threads()))) {
      for (int i = 0; i < 3; i++) {
        BackendLab.Exchange exchange =
            hosts.exchange(peer, peer.address(), TestData.bytes(200), s.connector()::open);
        SynEvidence.told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
      }
    }
  }

  private static void neverAccepted(BackendLab hosts) throws Exception {
    for (int i = 0; i < 3; i++) {
      BackendLab.Exchange exchange = hosts.exchange(TestData.bytes(200));
      SynEvidence.told(
          "client",
          exchange.client(),
          FastOpenOutcome.COOKIE_REQUESTED,
          FastOpenOutcome.NOT_ATTEMPTED);
      SynEvidence.told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
    }
  }
}
