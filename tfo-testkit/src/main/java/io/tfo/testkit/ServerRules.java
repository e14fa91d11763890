package io.tfo.testkit;

import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules for every listener, whether or not TCP Fast Open can be used. */
final class ServerRules {
  static final List<Rule> RULES =
      List.of(
          Rule.must(
              "S01",
              "a listener accepts ordinary clients",
              RuleSource.javadoc(FastOpenListener.class),
              ServerRules::acceptsPlainClients),
          Rule.must(
              "S02",
              "a listener is the JDK's, bound where it was asked to be",
              RuleSource.javadoc(FastOpenListener.class, "open"),
              ServerRules::bound),
          Rule.must(
              "S03",
              "wrong use throws what the JDK's bind throws",
              RuleSource.javadoc(ServerSocketChannel.class, "bind"),
              ServerRules::wrongUse),
          Rule.must(
              "S04",
              "a backlog of 0 leaves TCP Fast Open off, a negative one is refused",
              RuleSource.javadoc(FastOpenListener.class, "bind"),
              ServerRules::backlogs),
          Rule.must(
              "S05",
              "the outcome of an ordinary client is not that of SYN data",
              RuleSource.javadoc(FastOpenListener.class, "outcome"),
              ServerRules::plainOutcome),
          Rule.must(
              "S06",
              "the capability explains itself, at each call",
              RuleSource.javadoc(FastOpenListener.class, "capability"),
              ServerRules::capability),
          Rule.must(
                  "S07",
                  "listeners that are opened, or fail to, leave no descriptor behind",
                  RuleSource.javadoc(FastOpenListener.class, "open"),
                  ServerRules::descriptors)
              .skippedWhen(Descriptors.SKIPPED_WHEN));

  private ServerRules() {}

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private static void acceptsPlainClients(TestedBackend s) throws Exception {
    try (CapturingServer peer =
        CapturingServer.behind(
            s.listener().open(anyPort(), 50, 16), s.listener(), CapturingServer::daemon)) {
      for (int i = 0; i < 20; i++) {
        try (SocketChannel client = SocketChannel.open(peer.address())) {
          client.write(ByteBuffer.wrap(TestData.bytes(1000 + i)));
          CapturingServer.finish(client);
        }
        Expect.sameBytes("the data", TestData.bytes(1000 + i), peer.next().bytes());
      }
    }
  }

  private static void bound(TestedBackend s) throws Exception {
    try (ServerSocketChannel ordinary = ServerSocketChannel.open();
        ServerSocketChannel opened = s.listener().open(anyPort(), 50, 16);
        ServerSocketChannel anywhere = s.listener().open(null, 0, 16);
        ServerSocketChannel channel = ServerSocketChannel.open()) {
      Expect.equal("class of the channel", ordinary.getClass(), opened.getClass());
      Expect.equal("isBlocking", true, opened.isBlocking());
      InetSocketAddress local = (InetSocketAddress) opened.getLocalAddress();
      Expect.equal("the local host", anyPort().getAddress(), local.getAddress());
      Expect.that(local.getPort() > 0, "the local port is %d", local.getPort());
      InetSocketAddress chosen = (InetSocketAddress) anywhere.getLocalAddress();
      Expect.that(chosen.getAddress().isAnyLocalAddress(), "bound to null is %s", chosen);
      channel.setOption(StandardSocketOptions.SO_REUSEADDR, true);
      Expect.that(
          s.listener().bind(channel, anyPort(), 50, 16) == channel,
          "bind does not return the channel that it was given");
      Expect.equal("SO_REUSEADDR", true, channel.getOption(StandardSocketOptions.SO_REUSEADDR));
    }
  }

  private static void wrongUse(TestedBackend s) throws Exception {
    ServerSocketChannel closed = ServerSocketChannel.open();
    closed.close();
    try (ServerSocketChannel used = ServerSocketChannel.open().bind(anyPort())) {
      same(s, "a closed channel", () -> closed, anyPort());
      same(s, "a bound channel", () -> ServerSocketChannel.open().bind(anyPort()), anyPort());
      same(s, "a port in use", ServerSocketChannel::open, used.getLocalAddress());
      same(
          s,
          "an unresolved address",
          ServerSocketChannel::open,
          InetSocketAddress.createUnresolved("no.such.host.invalid", 1));
      same(
          s,
          "a Unix-domain address",
          ServerSocketChannel::open,
          UnixDomainSocketAddress.of(Path.of("no-such-socket")));
    }
  }

  private interface Misuse {
    ServerSocketChannel channel() throws Exception;
  }

  private static void same(
      TestedBackend s, String what, Misuse misuse, @Nullable SocketAddress local) throws Exception {
    try (ServerSocketChannel jdk = misuse.channel();
        ServerSocketChannel ours = misuse.channel()) {
      String expected = Expect.outcomeOf(() -> jdk.bind(local, 50));
      Expect.equal(
          "bind with " + what,
          expected,
          Expect.outcomeOf(() -> s.listener().bind(ours, local, 50, 16)));
      Expect.equal("isOpen after " + what, jdk.isOpen(), ours.isOpen());
    }
  }

  private static void backlogs(TestedBackend s) throws Exception {
    Expect.thrown(
        "a backlog of -1",
        IllegalArgumentException.class,
        () -> s.listener().open(anyPort(), 50, -1));
    for (int backlog : new int[] {0, 1, 1_000_000}) {
      try (CapturingServer peer =
              CapturingServer.behind(
                  s.listener().open(anyPort(), 50, backlog),
                  s.listener(),
                  CapturingServer::daemon);
          SocketChannel client = SocketChannel.open(peer.address())) {
        CapturingServer.finish(client);
        Expect.equal("bytes at the server", 0, peer.next().bytes().length);
      }
    }
  }

  private static void plainOutcome(TestedBackend s) throws Exception {
    try (CapturingServer peer =
            CapturingServer.behind(
                s.listener().open(anyPort(), 50, 16), s.listener(), CapturingServer::daemon);
        SocketChannel client = SocketChannel.open(peer.address())) {
      CapturingServer.finish(client);
      FastOpenOutcome outcome = peer.next().outcome();
      Expect.that(
          outcome == FastOpenOutcome.NOT_ATTEMPTED || outcome == FastOpenOutcome.UNKNOWN,
          "the outcome of an ordinary client is %s",
          outcome);
    }
    SocketChannel closed = SocketChannel.open();
    closed.close();
    Expect.thrown(
        "the outcome of a closed channel",
        ClosedChannelException.class,
        () -> s.listener().outcome(closed));
    try (SocketChannel unconnected = SocketChannel.open()) {
      Expect.thrown(
          "the outcome of an unconnected channel",
          NotYetConnectedException.class,
          () -> s.listener().outcome(unconnected));
    }
  }

  private static void capability(TestedBackend s) {
    Expect.explained("server", s.listener().capability());
    Expect.equal("a second look", s.listener().capability(), s.listener().capability());
  }

  private static void descriptors(TestedBackend s) throws Exception {
    try (ServerSocketChannel used = ServerSocketChannel.open().bind(anyPort())) {
      SocketAddress address = used.getLocalAddress();
      openAndFail(s, address, 5);
      Descriptors.expectNoneLeft("200 listeners", () -> openAndFail(s, address, 100));
    }
  }

  private static void openAndFail(TestedBackend s, SocketAddress used, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      s.listener().open(anyPort(), 50, 16).close();
      Expect.thrown("a listener on a port in use", () -> s.listener().open(used, 50, 16));
    }
  }
}
