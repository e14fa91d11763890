package io.tfo.integration.faults;

import io.tfo.backend.linux.legacy.LinuxLegacyBackend;
import io.tfo.integration.faults.NetworkFault.Trouble;
import io.tfo.lab.Fault;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.lab.Segment.Direction;
import io.tfo.lab.Segment.Fate;
import io.tfo.lab.Segment.Flag;
import io.tfo.testkit.BackendLab;
import io.tfo.testkit.Expect;
import io.tfo.testkit.TestData;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The faults of the table, in its order. */
final class NetworkFaults {
  private static final Duration SOON = Duration.ofSeconds(10);

  /** How long a client waits where nothing is going to come. */
  private static final Duration SHORT = Duration.ofMillis(400);

  private static final int JUMBO = 9000;
  private static final int LARGE = 20_000;

  /** Costs every client one timeout of the SYN. */
  static final NetworkFault FIRST_SYN_LOST =
      wire("the first SYN is lost", () -> Faults.dropFirst(Segment::isSyn, 1));

  /**
   * The one fault that a plain connect does not meet: an RST says that the port is refused, and no
   * client is told that it was the data.
   */
  static final NetworkFault SYN_DATA_RESET =
      wire("SYNs with data are reset", () -> Faults.edit(Faults::isSynWithData, Segment::reset));

  static final List<NetworkFault> ALL =
      Stream.of(synData(), option(), cookie(), lost(), resets(), cuts(), order(), mtu())
          .flatMap(List::stream)
          .toList();

  private NetworkFaults() {}

  private static NetworkFault wire(String title, Supplier<Fault> fault) {
    return NetworkFault.of(title, (hosts, server) -> hosts.wire().fault(fault.get()));
  }

  private static List<NetworkFault> synData() {
    return List.of(
        NetworkFault.of("none", (hosts, server) -> {}),
        wire("SYNs with data are dropped", Faults::dropSynData),
        wire("the first SYN with data is dropped", () -> Faults.dropSynData(1)),
        wire(
                "SYNs with data are dropped at random",
                () -> Faults.only(Faults::isSynWithData, Faults.loss(0.5, 7413)))
            .connects(4),
        wire("the data is taken out of the SYN", Faults::stripSynData),
        wire(
            "the first data behind the SYN is dropped",
            () -> Faults.after(Segment::isSyn, Faults.dropFirst(NetworkFaults::hasData, 1))));
  }

  private static List<NetworkFault> option() {
    return List.of(
        wire(
                "the option is stripped on the way out, always",
                () -> Faults.stripFastOpenOption(Direction.TO_SERVER))
            .withoutCookie(),
        wire(
                "the option is stripped on the way back, always",
                () -> Faults.stripFastOpenOption(Direction.TO_CLIENT))
            .withoutCookie(),
        wire(
            "the option is stripped on the way out, once a cookie is known",
            () -> Faults.stripFastOpenOption(Direction.TO_SERVER)),
        wire(
            "the option is stripped on the way back, once a cookie is known",
            () -> Faults.stripFastOpenOption(Direction.TO_CLIENT)));
  }

  private static List<NetworkFault> cookie() {
    return List.of(
        NetworkFault.of(
            "the server has switched TCP Fast Open off",
            (hosts, server) -> hosts.server().sysctl("net.ipv4.tcp_fastopen", "1")),
        NetworkFault.of(
            "the server's key is a new one",
            (hosts, server) -> hosts.server().sysctl("net.ipv4.tcp_fastopen_key", randomKey())),
        wire("the cookie is spoiled on the way", Faults::spoilCookie),
        NetworkFault.of("the server's queue for SYN data is full", NetworkFaults::park)
            .fastOpenQueue(1));
  }

  private static String randomKey() {
    Random random = new Random();
    return "%08x-%08x-%08x-%08x"
        .formatted(random.nextInt(), random.nextInt(), random.nextInt(), random.nextInt());
  }

  private static List<NetworkFault> lost() {
    return List.of(FIRST_SYN_LOST, wire("the first SYN-ACK is lost", () -> Faults.dropSynAck(1)));
  }

  private static List<NetworkFault> resets() {
    return List.of(
        SYN_DATA_RESET,
        wire("every SYN is reset", Faults::resetSyn),
        wire("the SYN-ACK is reset", () -> Faults.reset(Segment::isSynAck)),
        // It is chance whether the connect or the write behind it fails, and whether the next
        // connect therefore is plain.
        wire(
                "the handshake's ACK is reset",
                () -> Faults.after(Segment::isSyn, Faults.reset(NetworkFaults::isFromClient)))
            .bytes(LARGE)
            .connects(1),
        wire(
                "the first data behind the handshake is reset",
                () -> Faults.reset(segment -> isFromClient(segment) && hasData(segment)))
            .bytes(LARGE)
            .connects(1),
        wire(
            "the reply is reset",
            () -> Faults.reset(segment -> !toServer(segment) && hasData(segment))));
  }

  private static List<NetworkFault> cuts() {
    return List.of(
        wire("the line is cut before the SYN", Faults::cut).patience(SHORT),
        wire("the line is cut behind the SYN", () -> Faults.after(Segment::isSyn, Faults.cut()))
            .patience(SHORT),
        wire("the line is cut behind the handshake", () -> behindHandshake(Faults.cut()))
            .patience(SHORT),
        wire(
            "the line is cut before the SYN, for 2 segments",
            () -> Faults.dropFirst(Segment::isSyn, 2)),
        wire(
            "the line is cut behind the SYN, for 2 segments",
            () -> Faults.after(Segment::isSyn, cutFor(2))),
        wire(
                "the line is cut behind the handshake, for 3 segments",
                () -> behindHandshake(cutFor(3)))
            .bytes(LARGE));
  }

  private static Fault behindHandshake(Fault fault) {
    return Faults.after(Segment::isSyn, Faults.after(NetworkFaults::isFromClient, fault));
  }

  private static Fault cutFor(int segments) {
    return Faults.dropFirst(segment -> true, segments);
  }

  private static List<NetworkFault> order() {
    Duration overtaken = Duration.ofMillis(1300);
    return List.of(
        wire("the SYN is delivered twice", () -> Faults.duplicate(Segment::isSyn, 1)),
        NetworkFault.of(
            "the SYN is delivered twice, once behind what follows it",
            (hosts, server) -> {
              hosts.wire().fault(Faults.duplicate(Segment::isSyn, 1));
              hosts.wire().fault(Faults.delay(Segment::isSyn, 1, Duration.ofMillis(30)));
            }),
        wire(
            "the SYN is late, and its repetition overtakes it",
            () -> Faults.delay(Segment::isSyn, 1, overtaken)),
        wire("the SYN-ACK is delivered twice", () -> Faults.duplicate(Segment::isSynAck, 1)),
        wire(
                "data behind the SYN is out of order",
                () ->
                    Faults.delay(
                        segment -> isFromClient(segment) && hasData(segment),
                        3,
                        Duration.ofMillis(5)))
            .bytes(LARGE));
  }

  private static List<NetworkFault> mtu() {
    return List.of(
        mtu("the MTU is 576", 576, 576).ipv4Only(),
        mtu("the MTU is 1280", 1280, 1280),
        mtu("the MTU is 1500", 1500, 1500),
        mtu("the MTU is 9000", JUMBO, JUMBO),
        mtu("the MTU is 9000 here and 1280 there", JUMBO, 1280),
        NetworkFault.of(
                "the MTU falls from 9000 to 1280 there, once a cookie is known", mtu(JUMBO, 1280))
            .before(mtu(JUMBO, JUMBO))
            .bytes(LARGE));
  }

  private static NetworkFault mtu(String title, int client, int server) {
    return NetworkFault.of(title, mtu(client, server)).withoutCookie().bytes(LARGE);
  }

  private static Trouble mtu(int client, int server) {
    return (hosts, address) -> {
      hosts.client().mtu(client);
      hosts.server().mtu(server);
    };
  }

  private static boolean hasData(Segment segment) {
    return segment.payloadLength() > 0;
  }

  private static boolean toServer(Segment segment) {
    return segment.direction() == Direction.TO_SERVER;
  }

  private static boolean isFromClient(Segment segment) {
    return toServer(segment) && !segment.has(Flag.SYN);
  }

  /** Another client's connection, opened by its SYN's data, whose handshake never ends. */
  private static void park(BackendLab hosts, InetSocketAddress server) throws Exception {
    AtomicInteger port = new AtomicInteger();
    Predicate<Segment> answer =
        segment -> segment.isSynAck() && segment.destination().getPort() == port.get();
    Fault unanswered = Faults.drop(answer);
    hosts
        .wire()
        .fault(
            segment -> {
              if (Faults.isSynWithData(segment)) {
                port.compareAndSet(0, segment.source().getPort());
              }
              return unanswered.on(segment);
            });
    // Its thread waits until the lab is closed, which closes the channel, too.
    Future<SocketChannel> waits =
        hosts
            .client()
            .start(
                () ->
                    new LinuxLegacyBackend()
                        .connector()
                        .open(server, ByteBuffer.wrap(TestData.bytes(10))));
    hosts.wire().await(answer.and(segment -> segment.fate() == Fate.DROPPED), SOON);
    Expect.equal("isDone", false, waits.isDone());
  }
}
