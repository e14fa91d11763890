package io.tfo.testkit;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.lab.Segment;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.List;

/** The rules for keys of listeners, and for destinations without cookies. */
final class KeyRules {
  private static final String NO_KEYS = ", or listeners have no keys of their own";

  static final List<Rule> RULES =
      List.of(
          Rule.must(
              "S08",
              "keys are set where the backend says that listeners have their own, and only there",
              RuleSource.javadoc(FastOpenListener.class, "setKeys"),
              KeyRules::setOrNot),
          Rule.must(
                  "W17",
                  "a listener's own keys make its cookies, and check them",
                  RuleSource.javadoc(FastOpenListener.class, "setKeys"),
                  KeyRules::makeAndCheck)
              .skippedWhen(BackendLab.NO_LAB + NO_KEYS),
          Rule.must(
                  "W18",
                  "a cookie of the backup key is accepted, and replaced",
                  RuleSource.javadoc(FastOpenListener.class, "setKeys"),
                  KeyRules::backup)
              .skippedWhen(BackendLab.NO_LAB + NO_KEYS),
          Rule.must(
                  "W19",
                  "listeners with the same keys accept each other's cookies, whatever the machine's",
                  RuleSource.javadoc(FastOpenListener.class, "bind"),
                  KeyRules::shared)
              .skippedWhen(BackendLab.NO_LAB + NO_KEYS),
          Rule.must(
                  "W20",
                  "a destination that is to be plain is neither asked for a cookie nor sent one",
                  RuleSource.javadoc(FastOpenConnector.class, "plainFor"),
                  KeyRules::plain)
              .skippedWhen(BackendLab.NO_LAB));

  private KeyRules() {}

  private static FastOpenKeys keys(int... firsts) {
    byte[] primary = new byte[FastOpenKeys.KEY_BYTES];
    Arrays.fill(primary, (byte) firsts[0]);
    if (firsts.length == 1) {
      return FastOpenKeys.of(primary);
    }
    byte[] backup = new byte[FastOpenKeys.KEY_BYTES];
    Arrays.fill(backup, (byte) firsts[1]);
    return FastOpenKeys.of(primary, backup);
  }

  private static void setOrNot(TestedBackend s) throws Exception {
    boolean own = s.listener().keyOwner() == FastOpenKeyOwner.LISTENER;
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    ServerSocketChannel closed = ServerSocketChannel.open();
    closed.close();
    Expect.thrown(
        "keys for a closed channel",
        ClosedChannelException.class,
        () -> s.listener().setKeys(closed, keys(1)));
    try (ServerSocketChannel unbound = ServerSocketChannel.open()) {
      s.listener().bind(unbound, any, 50, 16, keys(1));
      for (FastOpenKeys each : List.of(keys(2), keys(3, 2))) {
        Expect.equal("what setKeys returns", own, s.listener().setKeys(unbound, each));
      }
      try (CapturingServer peer =
              CapturingServer.behind(unbound, s.listener(), CapturingServer::daemon);
          SocketChannel client = SocketChannel.open(peer.address())) {
        client.write(ByteBuffer.wrap(TestData.bytes(100)));
        CapturingServer.finish(client);
        Expect.sameBytes("the data of a client", TestData.bytes(100), peer.next().bytes());
      }
    }
  }

  private static void requireKeys(TestedBackend s) {
    if (s.listener().keyOwner() != FastOpenKeyOwner.LISTENER) {
      throw new RuleSkipped("listeners have no keys of their own: " + s.listener().keyOwner());
    }
  }

  private record Keyed(ServerSocketChannel channel, CapturingServer peer) implements AutoCloseable {
    static Keyed open(TestedBackend s, BackendLab lab, FastOpenKeys keys) throws Exception {
      return lab.server()
          .call(
              () -> {
                ServerSocketChannel channel = ServerSocketChannel.open();
                InetSocketAddress local =
                    new InetSocketAddress(lab.server().ipv4(), BackendLab.newPort());
                s.listener().bind(channel, local, 100, 100, keys);
                return new Keyed(
                    channel, CapturingServer.behind(channel, s.listener(), lab.server().threads()));
              });
    }

    BackendLab.Exchange exchange(TestedBackend s, BackendLab lab) throws Exception {
      return lab.exchange(peer, peer.address(), TestData.bytes(200), s.connector()::open);
    }

    /** Fetches a cookie, which the SYN-ACK carries. */
    byte[] cookie(TestedBackend s, BackendLab lab) throws Exception {
      exchange(s, lab);
      return given(lab);
    }

    static byte[] given(BackendLab lab) {
      Segment synAck = lab.wire().await(Segment::isSynAck);
      byte[] cookie = synAck.fastOpenCookie().orElse(new byte[0]);
      Expect.that(cookie.length > 0, "the SYN-ACK has no cookie: %s", synAck);
      return cookie;
    }

    @Override
    public void close() throws IOException {
      peer.close();
    }
  }

  private static void refused(BackendLab lab, BackendLab.Exchange exchange, String what) {
    Expect.equal("bytes in the SYN with " + what, 200, exchange.syn().payloadLength());
    Segment synAck = lab.wire().await(Segment::isSynAck);
    long acknowledged = (synAck.acknowledgment() - exchange.syn().sequence() - 1) & 0xffff_ffffL;
    Expect.equal("bytes that are acknowledged of the SYN with " + what, 0L, acknowledged);
    SynEvidence.told("client", exchange.client(), FastOpenOutcome.SYN_DATA_NOT_ACKED);
  }

  private static void makeAndCheck(TestedBackend s) throws Exception {
    requireKeys(s);
    try (BackendLab lab = BackendLab.open(s);
        Keyed keyed = Keyed.open(s, lab, keys(1))) {
      byte[] first = keyed.cookie(s, lab);
      SynEvidence.carried(lab, keyed.exchange(s, lab), TestData.bytes(200));
      s.listener().setKeys(keyed.channel(), keys(2));
      refused(lab, keyed.exchange(s, lab), "a cookie of the key before");
      byte[] second = Keyed.given(lab);
      Expect.that(!Arrays.equals(first, second), "another key makes the same cookie");
      SynEvidence.carried(lab, keyed.exchange(s, lab), TestData.bytes(200));
      s.listener().setKeys(keyed.channel(), keys(1));
      refused(lab, keyed.exchange(s, lab), "a cookie of the second key");
      Expect.sameBytes("the cookie of the first key, made again", first, Keyed.given(lab));
    }
  }

  private static void backup(TestedBackend s) throws Exception {
    requireKeys(s);
    try (BackendLab lab = BackendLab.open(s);
        Keyed keyed = Keyed.open(s, lab, keys(1))) {
      keyed.cookie(s, lab);
      s.listener().setKeys(keyed.channel(), keys(2, 1));
      SynEvidence.carried(lab, keyed.exchange(s, lab), TestData.bytes(200));
      s.listener().setKeys(keyed.channel(), keys(2));
      SynEvidence.carried(lab, keyed.exchange(s, lab), TestData.bytes(200));
    }
  }

  private static void shared(TestedBackend s) throws Exception {
    requireKeys(s);
    try (BackendLab lab = BackendLab.open(s);
        Keyed one = Keyed.open(s, lab, keys(1))) {
      one.cookie(s, lab);
      lab.server().sysctl("net.ipv4.tcp_fastopen_key", keys(9).toSysctl());
      try (Keyed other = Keyed.open(s, lab, keys(1))) {
        SynEvidence.carried(lab, other.exchange(s, lab), TestData.bytes(200));
        SynEvidence.carried(lab, one.exchange(s, lab), TestData.bytes(200));
      }
    }
  }

  private static void plain(TestedBackend s) throws Exception {
    FastOpenConnector plain = s.connector().plainFor(destination -> true);
    try (BackendLab lab = BackendLab.open(s)) {
      for (int i = 0; i < 2; i++) {
        BackendLab.Exchange exchange = lab.exchange(TestData.bytes(200), plain::open);
        Expect.that(
            exchange.syn().fastOpenCookie().isEmpty(),
            "the SYN has the option of TCP Fast Open: %s",
            exchange.syn());
        SynEvidence.plain(exchange);
        lab.fetchCookie();
      }
    }
  }
}
