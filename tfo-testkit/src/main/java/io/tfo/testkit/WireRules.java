package io.tfo.testkit;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import io.tfo.testkit.lab.Segment;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
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

  /** The SYN had the cookie and all of these bytes, and the SYN-ACK acknowledged them. */
  static void carried(Hosts hosts, Hosts.Exchange exchange, byte[] data) {
    Segment syn = exchange.syn();
    Expect.that(
        syn.fastOpenCookie().filter(cookie -> cookie.length > 0).isPresent(),
        "the SYN has no cookie: %s",
        syn);
    Expect.that(
        Arrays.equals(data, syn.payload()),
        "the SYN does not have the %d bytes: %s",
        data.length,
        syn);
    Segment synAck = hosts.wire().await(Segment::isSynAck, Duration.ofSeconds(10));
    long acknowledged = (synAck.acknowledgment() - syn.sequence() - 1) & 0xffff_ffffL;
    Expect.equal("bytes that the SYN-ACK acknowledges", (long) data.length, acknowledged);
    told("client", exchange.client(), FastOpenOutcome.SYN_DATA_ACKED);
    told("server", exchange.server(), FastOpenOutcome.SYN_DATA_ACKED);
  }

  static void told(String side, FastOpenOutcome outcome, FastOpenOutcome... truth) {
    Expect.that(
        outcome == FastOpenOutcome.UNKNOWN || List.of(truth).contains(outcome),
        "the %s's outcome is %s but the wire shows %s",
        side,
        outcome,
        Arrays.toString(truth));
  }

  private static void firstAsks(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s)) {
      asked(hosts.exchange(ClientRules.bytes(20)));
    }
  }

  private static void asked(Hosts.Exchange exchange) {
    Segment syn = exchange.syn();
    Expect.that(
        syn.fastOpenCookie().filter(cookie -> cookie.length == 0).isPresent(),
        "the first SYN does not ask for a cookie: %s",
        syn);
    Expect.equal("bytes in the first SYN", 0, syn.payloadLength());
    told("client", exchange.client(), FastOpenOutcome.COOKIE_REQUESTED);
    told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
  }

  private static void secondCarries(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s)) {
      hosts.fetchCookie();
      carried(hosts, hosts.exchange(ClientRules.bytes(200)), ClientRules.bytes(200));
    }
  }

  /** The other rules let a backend say that it does not know: here that is seen. */
  private static void outcomeTold(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s)) {
      hosts.fetchCookie();
      Hosts.Exchange exchange = hosts.exchange(ClientRules.bytes(200));
      carried(hosts, exchange, ClientRules.bytes(200));
      if (exchange.client() == FastOpenOutcome.UNKNOWN
          || exchange.server() == FastOpenOutcome.UNKNOWN) {
        throw new RuleSkipped(
            "the backend does not tell: client %s, server %s"
                .formatted(exchange.client(), exchange.server()));
      }
    }
  }

  private static void counted(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s)) {
      hosts.fetchCookie();
      long active = hosts.client().counter("TCPFastOpenActive");
      long passive = hosts.server().counter("TCPFastOpenPassive");
      hosts.exchange(ClientRules.bytes(200));
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
    try (Hosts hosts = Hosts.open(s)) {
      hosts.fetchCookie();
      for (int i = 1; i <= 10; i++) {
        carried(hosts, hosts.exchange(ClientRules.bytes(i * 50)), ClientRules.bytes(i * 50));
      }
    }
  }

  private static void ipv6(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s)) {
      requireIpv6(hosts);
      at(s, hosts, hosts.server().ipv6(), hosts.server().ipv6());
    }
  }

  private static void linkLocal(Subject s) throws Exception {
    try (Hosts hosts = Hosts.withWire(s)) {
      requireIpv6(hosts);
      at(
          s,
          hosts,
          hosts.server().linkLocalFrom(hosts.server()),
          hosts.server().linkLocalFrom(hosts.client()));
    }
  }

  private static void requireIpv6(Hosts hosts) {
    if (!hosts.server().hasIpv6()) {
      throw new RuleSkipped("the lab has no IPv6 here");
    }
  }

  private static void at(Subject s, Hosts hosts, InetAddress local, InetAddress seenFromClient)
      throws Exception {
    try (Peer peer = hosts.serve(local)) {
      InetSocketAddress address = new InetSocketAddress(seenFromClient, peer.address().getPort());
      asked(hosts.exchange(peer, address, ClientRules.bytes(20), s.connector()::open));
      byte[] data = ClientRules.bytes(200);
      carried(hosts, hosts.exchange(peer, address, data, s.connector()::open), data);
    }
  }

  private static void nonBlocking(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s)) {
      hosts.fetchCookie();
      byte[] data = ClientRules.bytes(200);
      Optional<String> plain = s.backend().plainWhenNonBlocking();
      if (plain.isPresent()) {
        plainly(hosts.exchange(data, (address, buffer) -> written(s, address, buffer)));
        throw new RuleSkipped("connects non-blocking channels plainly: " + plain.get());
      }
      carried(hosts, hosts.exchange(data, (address, buffer) -> selected(s, address, buffer)), data);
    }
  }

  /** A backend that says so must do so: and its connect is right in every other respect. */
  static void plainly(Hosts.Exchange exchange) {
    Expect.equal("bytes in a SYN that is to be plain", 0, exchange.syn().payloadLength());
    told("client", exchange.client(), FastOpenOutcome.NOT_ATTEMPTED);
    told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
  }

  static SocketChannel written(Subject s, InetSocketAddress address, ByteBuffer data)
      throws Exception {
    SocketChannel channel = finished(s, address, data);
    channel.configureBlocking(true);
    while (data.hasRemaining()) {
      channel.write(data);
    }
    return channel;
  }

  private static SocketChannel selected(Subject s, InetSocketAddress address, ByteBuffer data)
      throws Exception {
    SocketChannel channel = finished(s, address, data);
    Expect.equal("what the SYN left of the data", 0, data.remaining());
    return channel;
  }

  private static SocketChannel finished(Subject s, InetSocketAddress address, ByteBuffer data)
      throws Exception {
    SocketChannel channel = SocketChannel.open();
    try (Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, 0);
      if (!s.connector().connect(channel, address, data)) {
        ClientRules.finishBySelector(selector, key, channel);
      }
    }
    return channel;
  }

  private static void timed(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s)) {
      hosts.fetchCookie();
      byte[] data = ClientRules.bytes(200);
      Hosts.Connect within =
          (address, buffer) -> {
            SocketChannel channel = SocketChannel.open();
            s.connector().connect(channel, address, buffer, Duration.ofSeconds(20));
            return channel;
          };
      carried(hosts, hosts.exchange(data, within), data);
    }
  }

  private static void bound(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s)) {
      Hosts.Connect fromItsAddress =
          (address, buffer) -> {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.INET);
            channel.bind(new InetSocketAddress(hosts.client().ipv4(), 0));
            s.connector().connect(channel, address, buffer);
            return channel;
          };
      asked(hosts.exchange(ClientRules.bytes(20), fromItsAddress));
      byte[] data = ClientRules.bytes(200);
      carried(hosts, hosts.exchange(data, fromItsAddress), data);
    }
  }

  private static void large(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s)) {
      hosts.fetchCookie();
      byte[] data = ClientRules.bytes(1_000_000);
      Hosts.Exchange exchange = hosts.exchange(data);
      byte[] inSyn = exchange.syn().payload();
      Expect.that(inSyn.length > 0, "the SYN has no data: %s", exchange.syn());
      carried(hosts, exchange, Arrays.copyOf(data, inSyn.length));
    }
  }

  private static void empty(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s)) {
      asked(hosts.exchange(new byte[0]));
      carried(hosts, hosts.exchange(ClientRules.bytes(200)), ClientRules.bytes(200));
      Hosts.Exchange without = hosts.exchange(new byte[0]);
      Expect.equal("bytes in the SYN of a connect without data", 0, without.syn().payloadLength());
    }
  }

  private static void refused(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s);
        RefusingPort port = hosts.server().call(() -> new RefusingPort(hosts.server().ipv4()))) {
      hosts.fetchCookie();
      hosts.wire().forget();
      InetSocketAddress refusing = port.address();
      SocketChannel channel = hosts.client().call(SocketChannel::open);
      ByteBuffer data = ByteBuffer.wrap(ClientRules.bytes(200));
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
    try (Hosts hosts = Hosts.open(s)) {
      hosts.fetchCookie();
      String on = hosts.client().sysctl("net.ipv4.tcp_fastopen");
      hosts
          .client()
          .sysctl("net.ipv4.tcp_fastopen", String.valueOf(Integer.parseInt(on) & ~BIT_CLIENT));
      FastOpenCapability off = hosts.client().call(() -> s.connector().capability());
      Expect.equal("the client's capability", FastOpenCapability.Status.DISABLED, off.status());
      ClientRules.explains("client", off);
      for (int size : new int[] {0, 200, 100_000}) {
        Hosts.Exchange plain = hosts.exchange(ClientRules.bytes(size));
        Expect.equal("bytes in a SYN while switched off", 0, plain.syn().payloadLength());
        told("client", plain.client(), FastOpenOutcome.NOT_ATTEMPTED);
      }
      hosts.client().sysctl("net.ipv4.tcp_fastopen", on);
      Expect.equal(
          "the client's capability",
          FastOpenCapability.Status.AVAILABLE,
          hosts.client().call(() -> s.connector().capability()).status());
      carried(hosts, hosts.exchange(ClientRules.bytes(200)), ClientRules.bytes(200));
    }
  }

  private static void serverOff(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s)) {
      hosts.server().sysctl("net.ipv4.tcp_fastopen", String.valueOf(BIT_CLIENT));
      FastOpenCapability off = hosts.server().call(() -> s.listener().capability());
      Expect.equal("the server's capability", FastOpenCapability.Status.DISABLED, off.status());
      ClientRules.explains("server", off);
      neverAccepted(hosts);
    }
  }

  private static void backlogZero(Subject s) throws Exception {
    try (Hosts hosts = Hosts.open(s);
        Peer peer =
            hosts
                .server()
                .call(
                    () ->
                        Peer.behind(
                            s.listener()
                                .open(
                                    new InetSocketAddress(hosts.server().ipv4(), Hosts.newPort()),
                                    100,
                                    0),
                            s.listener(),
                            hosts.server().threads()))) {
      for (int i = 0; i < 3; i++) {
        Hosts.Exchange exchange =
            hosts.exchange(peer, peer.address(), ClientRules.bytes(200), s.connector()::open);
        told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
      }
    }
  }

  private static void neverAccepted(Hosts hosts) throws Exception {
    for (int i = 0; i < 3; i++) {
      Hosts.Exchange exchange = hosts.exchange(ClientRules.bytes(200));
      told(
          "client",
          exchange.client(),
          FastOpenOutcome.COOKIE_REQUESTED,
          FastOpenOutcome.NOT_ATTEMPTED);
      told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
    }
  }
}
