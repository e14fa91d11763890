package io.tfo.testkit;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules for wrong use and for connects that fail: both must behave as in the JDK. */
final class MisuseRules {
  static final List<Rule> RULES =
      List.of(
          Rule.must(
                  "C20",
                  "wrong use throws what the JDK's connect throws, and changes nothing",
                  RuleSource.javadoc(SocketChannel.class, "connect"),
                  MisuseRules::wrongUse)
              .skippedWhen("a connect to loopback is never pending"),
          Rule.must(
              "C21",
              "data that is null is refused before anything happens",
              RuleSource.javadoc(FastOpenConnector.class, "connect"),
              MisuseRules::nullData),
          Rule.must(
              "C22",
              "a refused port throws ConnectException from a blocking connect",
              RuleSource.javadoc(ConnectException.class),
              MisuseRules::refused),
          Rule.must(
              "C23",
              "a refused port throws ConnectException from finishConnect",
              RuleSource.javadoc(SocketChannel.class, "finishConnect"),
              MisuseRules::refusedLater),
          Rule.must(
              "C24",
              "an address without a route fails as in the JDK",
              RuleSource.javadoc(SocketChannel.class, "connect"),
              MisuseRules::unreachable),
          Rule.must(
              "C25",
              "a timeout that is negative, or a channel that does not block, is refused",
              RuleSource.javadoc(FastOpenConnector.class, "connect"),
              MisuseRules::wrongTimeout),
          Rule.must(
              "C26",
              "the outcome of a channel that is not connected is refused",
              RuleSource.javadoc(FastOpenConnector.class, "outcome"),
              MisuseRules::wrongOutcome));

  private static final Pattern NATIVE_FAILURE = Pattern.compile("\\w+: E[A-Z]+ \\(\\d+\\)");

  private MisuseRules() {}

  /** Opens a channel in a state in which a connect is wrong use. */
  private interface Misuse {
    SocketChannel channel() throws Exception;
  }

  private static void wrongUse(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain()) {
      InetSocketAddress good = peer.address();
      InetSocketAddress ipv6 = new InetSocketAddress(LoopbackAddresses.ipv6(), good.getPort());
      SocketAddress unix = UnixDomainSocketAddress.of(Path.of("no-such-socket"));
      Misuse unixChannel = () -> SocketChannel.open(StandardProtocolFamily.UNIX);
      same(s, "null", SocketChannel::open, null);
      same(
          s,
          "an unresolved address",
          SocketChannel::open,
          InetSocketAddress.createUnresolved("no.such.host.invalid", 1));
      same(s, "a Unix-domain address", SocketChannel::open, unix);
      same(
          s,
          "an address of no known kind",
          SocketChannel::open,
          new SocketAddress() {
            private static final long serialVersionUID = 1L;
          });
      same(
          s,
          "an IPv6 address on an IPv4 channel",
          () -> SocketChannel.open(StandardProtocolFamily.INET),
          ipv6);
      if (hasUnixChannels()) {
        same(s, "a Unix-domain channel", unixChannel, good);
        same(s, "a Unix-domain channel and a path that is not there", unixChannel, unix);
      }
      same(s, "a closed channel", MisuseRules::closed, good);
      same(s, "a connected channel", () -> SocketChannel.open(good), good);
      same(s, "a pending channel", () -> pending(good), good);
    }
  }

  private static boolean hasUnixChannels() throws IOException {
    try (SocketChannel unix = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      return unix.isOpen();
    } catch (UnsupportedOperationException e) {
      return false;
    }
  }

  private static SocketChannel closed() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.close();
    return channel;
  }

  private static SocketChannel pending(InetSocketAddress address) throws Exception {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    if (channel.connect(address)) {
      channel.close();
      throw new RuleSkipped("a non-blocking connect to loopback is never pending here");
    }
    return channel;
  }

  @SuppressWarnings("NullAway") // null is one of the misuses
  private static void same(
      TestedBackend s, String what, Misuse misuse, @Nullable SocketAddress remote)
      throws Exception {
    try (SocketChannel jdk = misuse.channel();
        SocketChannel ours = misuse.channel();
        SocketChannel timed = misuse.channel()) {
      ByteBuffer data = ByteBuffer.wrap(TestData.bytes(10));
      String before = state(ours);
      String expected = Expect.outcomeOf(() -> jdk.connect(remote));
      String untimed = Expect.outcomeOf(() -> s.connector().connect(ours, remote, data));
      Expect.equal("connect with " + what, expected, untimed);
      Expect.equal("the data's position after " + what, 0, data.position());
      Expect.equal("the channel's state after " + what, state(jdk), state(ours));
      if (jdk.isOpen()) {
        Expect.equal("the channel's state after " + what, before, state(ours));
      }
      if (timed.isBlocking()) {
        Duration shortest = Duration.ofSeconds(10);
        Expect.equal(
            "connect with a timeout, with " + what,
            expected,
            Expect.outcomeOf(() -> s.connector().connect(timed, remote, data, shortest)));
      }
    }
  }

  private static String state(SocketChannel channel) {
    return String.format(
        Locale.ROOT,
        "open %s, connected %s, pending %s, blocking %s, bound %s",
        channel.isOpen(),
        channel.isConnected(),
        channel.isConnectionPending(),
        channel.isBlocking(),
        Expect.outcomeOf(() -> channel.getLocalAddress() != null));
  }

  @SuppressWarnings("NullAway") // null is the misuse
  private static void nullData(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain();
        SocketChannel channel = SocketChannel.open()) {
      String before = state(channel);
      InetSocketAddress address = peer.address();
      Expect.thrown(
          "connect with null for data",
          NullPointerException.class,
          () -> s.connector().connect(channel, address, null));
      Expect.equal("the channel's state", before, state(channel));
    }
  }

  private static void refused(TestedBackend s) throws Exception {
    try (RefusingPort port = new RefusingPort()) {
      InetSocketAddress address = port.address();
      for (int i = 0; i < 3; i++) {
        ByteBuffer data = ByteBuffer.wrap(TestData.bytes(10)).position(2);
        SocketChannel channel = SocketChannel.open();
        Expect.thrown(
            "connect to a refused port",
            ConnectException.class,
            () -> s.connector().connect(channel, address, data));
        Expect.equal("isOpen after a refused connect", false, channel.isOpen());
        Expect.equal("the data's position after a refused connect", 2, data.position());
      }
    }
  }

  private static void refusedLater(TestedBackend s) throws Exception {
    try (RefusingPort port = new RefusingPort();
        Selector selector = Selector.open();
        SocketChannel channel = SocketChannel.open()) {
      InetSocketAddress address = port.address();
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
      ByteBuffer data = ByteBuffer.wrap(TestData.bytes(10));
      Expect.thrown(
          "a non-blocking connect to a refused port",
          ConnectException.class,
          () -> {
            if (!s.connector().connect(channel, address, data)) {
              SelectorConnect.finish(selector, key, channel);
            }
            return "connected";
          });
      Expect.equal("isOpen after a refused connect", false, channel.isOpen());
    }
  }

  private static void unreachable(TestedBackend s) throws Exception {
    // None of these sends a packet: TCP refuses broadcast and multicast, and there is no such
    // interface.
    InetSocketAddress broadcast =
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {-1, -1, -1, -1}), 9);
    InetSocketAddress multicast =
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {(byte) 224, 0, 0, 1}), 9);
    InetSocketAddress scoped =
        new InetSocketAddress(Inet6Address.getByAddress(null, linkLocal(), 999_999), 9);
    for (InetSocketAddress each : List.of(broadcast, multicast, scoped)) {
      try (SocketChannel jdk = SocketChannel.open();
          SocketChannel ours = SocketChannel.open()) {
        Throwable expected = Expect.thrown("the JDK's connect to " + each, () -> jdk.connect(each));
        Throwable actual =
            Expect.thrown(
                "connect to " + each,
                () -> s.connector().connect(ours, each, ByteBuffer.wrap(TestData.bytes(10))));
        Expect.equal(
            "what is thrown for " + each, expected.toString(), inJdkWords(actual, expected));
        Expect.equal("isOpen after " + actual, jdk.isOpen(), ours.isOpen());
      }
    }
  }

  /**
   * Replaces a backend's own message by the JDK's. If a backend cannot leave a failed connect to
   * the JDK, its exception of the same class names the call, the symbol and the number, such as
   * {@code connectx: EHOSTUNREACH (65)}.
   */
  private static String inJdkWords(Throwable actual, Throwable expected) {
    boolean namesCall = NATIVE_FAILURE.matcher(String.valueOf(actual.getMessage())).matches();
    return namesCall && actual.getClass() == expected.getClass()
        ? expected.toString()
        : actual.toString();
  }

  private static byte[] linkLocal() {
    byte[] address = new byte[16];
    address[0] = (byte) 0xfe;
    address[1] = (byte) 0x80;
    address[15] = 1;
    return address;
  }

  private static void wrongTimeout(TestedBackend s) throws Exception {
    try (CapturingServer peer = CapturingServer.plain();
        SocketChannel blocking = SocketChannel.open();
        SocketChannel nonBlocking = SocketChannel.open()) {
      InetSocketAddress address = peer.address();
      nonBlocking.configureBlocking(false);
      ByteBuffer data = ByteBuffer.wrap(TestData.bytes(10));
      Expect.thrown(
          "a negative timeout",
          IllegalArgumentException.class,
          () -> s.connector().connect(blocking, address, data, Duration.ofNanos(-1)));
      Expect.thrown(
          "a timeout for a non-blocking channel",
          IllegalBlockingModeException.class,
          () -> s.connector().connect(nonBlocking, address, data, Duration.ofSeconds(1)));
      Expect.equal("isOpen", true, blocking.isOpen() && nonBlocking.isOpen());
      s.connector().connect(blocking, address, data, Duration.ZERO);
      CapturingServer.finish(blocking);
      Expect.sameBytes(
          "the data of a connect with timeout zero", TestData.bytes(10), peer.next().bytes());
    }
  }

  private static void wrongOutcome(TestedBackend s) throws Exception {
    SocketChannel closed = closed();
    try (SocketChannel unconnected = SocketChannel.open()) {
      Expect.thrown(
          "the outcome of a closed channel",
          ClosedChannelException.class,
          () -> s.connector().outcome(closed));
      Expect.thrown(
          "the outcome of an unconnected channel",
          NotYetConnectedException.class,
          () -> s.connector().outcome(unconnected));
    }
    try (CapturingServer peer = CapturingServer.plain();
        SocketChannel plain = SocketChannel.open(peer.address())) {
      FastOpenOutcome outcome = s.connector().outcome(plain);
      Expect.that(
          outcome == FastOpenOutcome.NOT_ATTEMPTED || outcome == FastOpenOutcome.UNKNOWN,
          "the outcome of a plain connect is %s",
          outcome);
    }
  }
}
