package io.tfo.integration.calls;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.lab.FullListener;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.CapturingServer;
import io.tfo.testkit.Expect;
import io.tfo.testkit.LoopbackAddresses;
import io.tfo.testkit.RefusingPort;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;

/**
 * Calls with random arguments, valid or not. Each is made twice, on two channels in the same state:
 * by the backend, and by the JDK's own channel as the model. Both must answer the same, or throw an
 * exception of the same class, and leave the channel in the same state.
 */
final class RandomCalls implements AutoCloseable {
  private final Random random;
  private final FastOpenConnector connector;
  private final FastOpenListener listener;
  private final Path folder = Files.createTempDirectory("calls");
  private final ServerSocketChannel unix = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
  private final CapturingServer peer = CapturingServer.plain();
  private final RefusingPort refusing = new RefusingPort();
  private final FullListener full = new FullListener();
  private final Map<String, SocketAddress> addresses = new LinkedHashMap<>();
  private final List<String> differences = new ArrayList<>();

  RandomCalls(FastOpenBackend backend, long seed) throws IOException {
    random = new Random(seed);
    connector = backend.connector();
    listener = backend.listener();
    Path path = folder.resolve("listening");
    unix.bind(UnixDomainSocketAddress.of(path));
    CapturingServer.daemon(this::acceptUnix).start();
    int port = peer.address().getPort();
    addresses.put("a server", peer.address());
    addresses.put("a server again", peer.address());
    addresses.put("a port that refuses", refusing.address());
    addresses.put("port 0", new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    addresses.put("any address", new InetSocketAddress(port));
    addresses.put("IPv6", new InetSocketAddress(LoopbackAddresses.ipv6(), port));
    addresses.put("any IPv6 address", new InetSocketAddress("::", port));
    addresses.put("multicast", new InetSocketAddress("224.0.0.1", 9));
    addresses.put("IPv6 multicast", new InetSocketAddress("ff02::1", 9));
    addresses.put("broadcast", new InetSocketAddress("255.255.255.255", 9));
    addresses.put("an unresolved address", InetSocketAddress.createUnresolved("no.invalid", 1));
    addresses.put("a Unix-domain server", unix.getLocalAddress());
    addresses.put("no Unix-domain server", UnixDomainSocketAddress.of(folder.resolve("none")));
    addresses.put("an unnamed Unix-domain address", UnixDomainSocketAddress.of(""));
    addresses.put("no known address", new Foreign());
    addresses.put("null", null);
  }

  /** Keeps the newest connections open and unread; they get little data. */
  private void acceptUnix() {
    Deque<SocketChannel> newest = new ArrayDeque<>();
    try {
      while (true) {
        newest.add(unix.accept());
        if (newest.size() > 20) {
          newest.remove().close();
        }
      }
    } catch (IOException closed) {
      // The end.
    }
  }

  private static final class Foreign extends SocketAddress {
    private static final long serialVersionUID = 1;
  }

  /** The state of a channel before the call. */
  private enum State {
    FRESH,
    NON_BLOCKING,
    BOUND,
    BOUND_NON_BLOCKING,
    IPV4,
    IPV4_NON_BLOCKING,
    IPV6,
    UNIX,
    UNIX_NON_BLOCKING,
    UNIX_CONNECTED,
    PENDING,
    PENDING_BLOCKING,
    CONNECTED,
    CONNECTED_NON_BLOCKING,
    OUTPUT_SHUT,
    BOTH_SHUT,
    CLOSED,
    CLOSED_NON_BLOCKING,
    CLOSED_CONNECTED,
    NULL
  }

  private SocketChannel channel(State state) throws IOException {
    SocketChannel channel =
        switch (state) {
          case NULL -> null;
          case IPV4, IPV4_NON_BLOCKING -> SocketChannel.open(StandardProtocolFamily.INET);
          case IPV6 -> SocketChannel.open(StandardProtocolFamily.INET6);
          case UNIX, UNIX_NON_BLOCKING -> SocketChannel.open(StandardProtocolFamily.UNIX);
          case UNIX_CONNECTED -> SocketChannel.open(unix.getLocalAddress());
          case CONNECTED, CONNECTED_NON_BLOCKING, OUTPUT_SHUT, BOTH_SHUT, CLOSED_CONNECTED ->
              SocketChannel.open(peer.address());
          default -> SocketChannel.open();
        };
    switch (state) {
      case NON_BLOCKING, IPV4_NON_BLOCKING, UNIX_NON_BLOCKING, CONNECTED_NON_BLOCKING ->
          channel.configureBlocking(false);
      case BOUND -> channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      case BOUND_NON_BLOCKING ->
          channel
              .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
              .configureBlocking(false);
      case PENDING, PENDING_BLOCKING -> {
        channel.configureBlocking(false);
        channel.connect(full.address());
        channel.configureBlocking(state == State.PENDING_BLOCKING);
      }
      case OUTPUT_SHUT -> channel.shutdownOutput();
      case BOTH_SHUT -> channel.shutdownOutput().shutdownInput();
      case CLOSED, CLOSED_CONNECTED -> channel.close();
      case CLOSED_NON_BLOCKING -> {
        channel.configureBlocking(false);
        channel.close();
      }
      default -> {}
    }
    return channel;
  }

  List<String> differences() {
    return differences;
  }

  void call() throws Exception {
    switch (random.nextInt(8)) {
      case 0 -> open();
      case 1 -> outcome();
      case 2 -> listen();
      case 3 -> openListener();
      case 4, 5 -> connectInTime();
      default -> connect();
    }
    while (peer.waiting() > 0) {
      peer.next();
    }
  }

  private <T> T any(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private String anyAddress() {
    return any(List.copyOf(addresses.keySet()));
  }

  private State anyState() {
    return any(List.of(State.values()));
  }

  /** Bytes from a position to a limit, in some kind of buffer. */
  private ByteBuffer anyBuffer() {
    int size = any(List.of(0, 1, 10, 1_000, 16_384, 16_385, 40_000));
    ByteBuffer buffer =
        random.nextBoolean() ? ByteBuffer.allocate(size) : ByteBuffer.allocateDirect(size);
    buffer.position(random.nextInt(size + 1));
    buffer.limit(buffer.position() + random.nextInt(size - buffer.position() + 1));
    return switch (random.nextInt(8)) {
      case 0 -> buffer.slice();
      case 1 -> buffer.asReadOnlyBuffer();
      case 2 -> buffer.mark();
      case 3 -> random.nextBoolean() ? null : buffer;
      default -> buffer;
    };
  }

  private static ByteBuffer copy(ByteBuffer buffer) {
    return buffer == null ? null : buffer.duplicate();
  }

  private void connect() throws Exception {
    compareConnect("connect", null, (c, a, d) -> connector.connect(c, a, d));
  }

  private void connectInTime() throws Exception {
    Duration timeout =
        any(
            List.of(
                Duration.ZERO,
                Duration.ofNanos(-1),
                Duration.ofSeconds(20),
                Duration.ofSeconds(Long.MAX_VALUE),
                Duration.ofSeconds(Long.MIN_VALUE)));
    compareConnect(
        "connect within " + timeout, timeout, (c, a, d) -> connector.connect(c, a, d, timeout));
  }

  private interface Connect {
    Object connect(SocketChannel channel, SocketAddress remote, ByteBuffer data) throws Exception;
  }

  private void compareConnect(String what, Duration timeout, Connect connect) throws Exception {
    State state = anyState();
    String address = anyAddress();
    SocketAddress remote = addresses.get(address);
    boolean interrupted = random.nextInt(10) == 0;
    ByteBuffer data = anyBuffer();
    ByteBuffer plainData = copy(data);
    try (SocketChannel plain = channel(state);
        SocketChannel ours = channel(state)) {
      compare(
          "%s, %s, to %s, %s%s"
              .formatted(what, state, address, data, interrupted ? ", interrupted" : ""),
          interrupted,
          () -> plainly(plain, remote, plainData, timeout),
          () -> told(ours, connect.connect(ours, remote, data)),
          () -> after(plain, plainData),
          () -> after(ours, data));
    }
  }

  /**
   * The contract: the JDK's connect, then its write. A wrong buffer or timeout is rejected first.
   */
  private static Object plainly(
      SocketChannel channel, SocketAddress remote, ByteBuffer data, Duration timeout)
      throws IOException {
    if (timeout != null) {
      if (timeout.isNegative()) {
        throw new IllegalArgumentException();
      }
      if (!channel.isBlocking()) {
        throw new IllegalBlockingModeException();
      }
    }
    if (data == null) {
      throw new NullPointerException();
    }
    boolean connected = channel.connect(remote);
    while (data.hasRemaining() && channel.isBlocking()) {
      channel.write(data);
    }
    return told(channel, connected);
  }

  private static Object told(SocketChannel channel, Object connected) {
    return channel.isBlocking() ? connected : "not waited for";
  }

  private static String after(SocketChannel channel, ByteBuffer data) throws IOException {
    if (channel == null) {
      return "";
    }
    String state =
        "open %s, blocking %s, bound %s"
            .formatted(
                channel.isOpen(),
                channel.isBlocking(),
                Expect.outcomeOf(() -> channel.getLocalAddress() != null));
    if (channel.isBlocking() || !channel.isOpen()) {
      return state
          + ", connected %s, pending %s, data %s"
              .formatted(channel.isConnected(), channel.isConnectionPending(), data);
    }
    // Whether it is connected at once, and how much is taken, depends on the system.
    return state
        + ", under way %s, limit %s"
            .formatted(
                channel.isConnected() || channel.isConnectionPending(),
                data == null ? "none" : data.limit());
  }

  private void open() throws Exception {
    String address = anyAddress();
    SocketAddress remote = addresses.get(address);
    ByteBuffer data = anyBuffer();
    ByteBuffer plainData = copy(data);
    boolean isUnix = remote instanceof UnixDomainSocketAddress;
    compare(
        "open to " + address + ", " + data,
        false,
        () -> {
          try (SocketChannel plain = SocketChannel.open()) {
            plainly(plain, remote, plainData, null);
            return after(plain, plainData);
          }
        },
        () -> {
          try (SocketChannel ours = connector.open(remote, data)) {
            return after(ours, data);
          }
        },
        () -> isUnix,
        () -> isUnix);
  }

  private void outcome() throws Exception {
    State state = anyState();
    try (SocketChannel channel = channel(state)) {
      compare(
          "outcome, " + state,
          false,
          () -> {
            channel.getLocalAddress(); // NullPointerException, ClosedChannelException
            if (!channel.isConnected()) {
              throw new java.nio.channels.NotYetConnectedException();
            }
            return "told";
          },
          () -> {
            var told =
                random.nextBoolean() ? connector.outcome(channel) : listener.outcome(channel);
            return told == null ? "null" : "told";
          },
          () -> "",
          () -> "");
    }
  }

  /** The state of a server socket channel before the call. */
  private enum Listening {
    FRESH,
    NON_BLOCKING,
    IPV4,
    UNIX,
    BOUND,
    CLOSED,
    NULL
  }

  private ServerSocketChannel listening(Listening state) throws IOException {
    ServerSocketChannel channel =
        switch (state) {
          case NULL -> null;
          case IPV4 -> ServerSocketChannel.open(StandardProtocolFamily.INET);
          case UNIX -> ServerSocketChannel.open(StandardProtocolFamily.UNIX);
          default -> ServerSocketChannel.open();
        };
    switch (state) {
      case NON_BLOCKING -> channel.configureBlocking(false);
      case BOUND -> channel.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      case CLOSED -> channel.close();
      default -> {}
    }
    return channel;
  }

  private void listen() throws Exception {
    Listening state = any(List.of(Listening.values()));
    String address = anyAddress();
    SocketAddress local = addresses.get(address);
    int backlog = any(List.of(-1, 0, 1, 100, Integer.MAX_VALUE));
    int fastOpenBacklog = any(List.of(-1, Integer.MIN_VALUE, 0, 1, 100, Integer.MAX_VALUE));
    try (ServerSocketChannel plain = listening(state);
        ServerSocketChannel ours = listening(state)) {
      compare(
          "bind, %s, %s, %d, %d".formatted(state, address, backlog, fastOpenBacklog),
          false,
          () -> {
            requireNotNegative(fastOpenBacklog);
            return plain.bind(local, backlog) == plain && unbind(plain);
          },
          () -> listener.bind(ours, local, backlog, fastOpenBacklog) == ours && unbind(ours),
          () -> plain != null && plain.isOpen(),
          () -> ours != null && ours.isOpen());
    }
  }

  /** Makes the address free again; deletes a file name that the JDK chose. */
  private static boolean unbind(ServerSocketChannel channel) throws IOException {
    SocketAddress local = channel.getLocalAddress();
    channel.close();
    if (local instanceof UnixDomainSocketAddress unix) {
      Files.deleteIfExists(unix.getPath());
    }
    return true;
  }

  private void openListener() throws Exception {
    String address = anyAddress();
    SocketAddress local = addresses.get(address);
    int backlog = any(List.of(-1, 0, 1, 100));
    int fastOpenBacklog = any(List.of(-1, 0, 1, 100));
    compare(
        "open a listener, %s, %d, %d".formatted(address, backlog, fastOpenBacklog),
        false,
        () -> {
          try (ServerSocketChannel plain = ServerSocketChannel.open()) {
            requireNotNegative(fastOpenBacklog);
            return plain.bind(local, backlog).isBlocking();
          }
        },
        () -> {
          try (ServerSocketChannel ours = listener.open(local, backlog, fastOpenBacklog)) {
            return ours.isBlocking();
          }
        },
        () -> "",
        () -> "");
  }

  private static void requireNotNegative(int fastOpenBacklog) {
    if (fastOpenBacklog < 0) {
      throw new IllegalArgumentException();
    }
  }

  private void compare(
      String what,
      boolean interrupted,
      Callable<?> plain,
      Callable<?> ours,
      Callable<?> plainAfter,
      Callable<?> oursAfter)
      throws Exception {
    String expected = run(interrupted, plain) + "; " + plainAfter.call();
    String actual = run(interrupted, ours) + "; " + oursAfter.call();
    if (!expected.equals(actual)) {
      differences.add("%s: the JDK %s; ours %s".formatted(what, expected, actual));
    }
  }

  private static String run(boolean interrupted, Callable<?> operation) {
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    String outcome = Expect.outcomeOf(operation);
    return outcome + (Thread.interrupted() ? ", interrupted" : "");
  }

  @Override
  public void close() throws IOException {
    peer.close();
    refusing.close();
    full.close();
    unix.close();
    Files.deleteIfExists(folder.resolve("none"));
    Files.delete(folder.resolve("listening"));
    Files.delete(folder);
  }
}
