package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tfo.FastOpenListener;
import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.test.Labs;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One channel of the provider: what the kernel sends for each call. */
@Timeout(60)
@ExtendWith(ProviderJvm.class)
class DeferredChannelTest {
  private static final AtomicInteger NEXT_PORT = new AtomicInteger(8300);
  private static final byte[] DATA = {1, 2, 3, 4, 5};
  private static final Duration SOON = Duration.ofSeconds(30);

  /** The library's knowledge of a destination outlives the lab: each test has ports of its own. */
  private final int port = NEXT_PORT.getAndAdd(10);

  private Lab lab;
  private ServerSocketChannel listener;
  private Selector selector;

  @BeforeEach
  void fetchACookie() throws Exception {
    lab = Labs.twoHosts();
    listener = listen(lab.server().ipv4(), port);
    selector = Selector.open();
    getToKnow(listener);
  }

  /** Has the kernel fetch a cookie, and the process know the server. */
  private void getToKnow(ServerSocketChannel server) throws Exception {
    try (SocketChannel channel = open()) {
      connect(channel, server.getLocalAddress());
      channel.write(ByteBuffer.wrap(DATA));
      server.accept().close();
    }
    lab.wire().forget();
  }

  /** Connects as a program does that follows the contract or the tutorials. */
  private void connect(SocketChannel channel, SocketAddress to) throws IOException {
    assertThat(channel.connect(to)).isFalse();
    assertThat(channel.isConnectionPending()).isTrue();
    await(channel, SelectionKey.OP_CONNECT);
    assertThat(channel.finishConnect()).isTrue();
  }

  @AfterEach
  void close() throws IOException {
    if (lab != null) {
      selector.close();
      listener.close();
      lab.close();
    }
  }

  @Test
  void sendsTheFirstWriteInTheSyn() throws Exception {
    try (SocketChannel channel = open()) {
      connect(channel, address());
      assertThat(channel.isConnected()).isTrue();
      assertThat(channel.getRemoteAddress()).isEqualTo(address());
      assertThat(lab.wire().syns()).isEmpty();
      assertThat(channel.write(ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
      assertThat(firstSyn().payload()).isEqualTo(DATA);
      assertEchoes(channel);
    }
  }

  @Test
  void sendsTheBeginningOfAGatheringWriteInTheSyn() throws Exception {
    try (SocketChannel channel = open()) {
      connect(channel, address());
      ByteBuffer[] twice = {ByteBuffer.wrap(DATA), ByteBuffer.wrap(DATA)};
      assertThat(channel.write(twice)).isEqualTo(2L * DATA.length);
      assertThat(firstSyn().payload()).hasSize(2 * DATA.length);
      assertEchoes(channel);
    }
  }

  @Test
  void sendsTheFirstWriteToAnIpv6HostInTheSyn() throws Exception {
    assumeThat(lab.server().hasIpv6()).as("IPv6 here").isTrue();
    try (ServerSocketChannel ipv6 = listen(lab.server().ipv6(), port + 1)) {
      getToKnow(ipv6);
      try (SocketChannel channel = open()) {
        connect(channel, ipv6.getLocalAddress());
        channel.write(ByteBuffer.wrap(DATA));
        assertThat(firstSyn().payload()).isEqualTo(DATA);
      }
    }
  }

  @Test
  void acceptsNoSynDataOnAListenerWithAFastOpenBacklogOfZero() throws Exception {
    InetSocketAddress local = new InetSocketAddress(lab.server().ipv4(), port + 2);
    try (ServerSocketChannel none =
            lab.server().call(() -> FastOpenListener.system().open(local, 50, 0));
        SocketChannel channel = open()) {
      getToKnow(none);
      connect(channel, local);
      channel.write(ByteBuffer.wrap(DATA));
      assertThat(firstSyn().payload()).isEqualTo(DATA);
      try (SocketChannel accepted = none.accept()) {
        assertReceives(accepted, DATA.length);
      }
      assertThat(lab.server().counter("TCPFastOpenPassive")).isZero();
    }
  }

  @Test
  void sendsTheSynWithoutDataWhereTheServerSpeaksFirst() throws Exception {
    try (SocketChannel channel = open()) {
      connect(channel, address());
      SocketChannel accepted = listener.accept();
      accepted.write(ByteBuffer.wrap(DATA));
      await(channel, SelectionKey.OP_READ);
      assertThat(channel.read(ByteBuffer.allocate(100))).isEqualTo(DATA.length);
      assertThat(firstSyn().payload()).isEmpty();
      channel.write(ByteBuffer.wrap(DATA));
      assertReceives(accepted, DATA.length);
      accepted.close();
    }
  }

  @Test
  void connectsWithoutAFirstWrite() throws Exception {
    try (SocketChannel channel = open()) {
      connect(channel, address());
      try (SocketChannel accepted = listener.accept()) {
        assertThat(accepted.getRemoteAddress()).isEqualTo(channel.getLocalAddress());
      }
      await(channel, SelectionKey.OP_READ);
      assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void doesNotTakeAnEmptyWriteForTheFirstWrite(boolean gathers) throws Exception {
    try (SocketChannel channel = open()) {
      connect(channel, address());
      ByteBuffer empty = ByteBuffer.allocate(0);
      assertThat(gathers ? channel.write(new ByteBuffer[] {empty, empty}) : channel.write(empty))
          .isZero();
      assertThat(lab.wire().syns()).isEmpty();
      assertThat(channel.write(ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
      assertThat(firstSyn().payload()).isEqualTo(DATA);
      assertEchoes(channel);
      assertThat(lab.wire().syns()).hasSize(1);
    }
  }

  @Test
  void sendsTheSynWhenTheChannelIsMadeBlocking() throws Exception {
    try (SocketChannel channel = open()) {
      connect(channel, address());
      channel.configureBlocking(true);
      assertThat(firstSyn().payload()).isEmpty();
      try (SocketChannel accepted = listener.accept()) {
        accepted.write(ByteBuffer.wrap(DATA));
        assertThat(channel.read(ByteBuffer.allocate(100))).isEqualTo(DATA.length);
      }
    }
  }

  @Test
  void isPendingUntilTheAnswerToASynThatAChangeOfModeHasSent() throws Exception {
    try (SocketChannel channel = open()) {
      assertThat(channel.connect(address())).isFalse();
      lab.wire().fault(Faults.cut());
      channel.configureBlocking(true);
      assertThat(firstSyn().payload()).isEmpty();
      channel.configureBlocking(false);
      assertThat(channel.finishConnect()).isFalse();
      lab.wire().clearFaults();
      await(channel, SelectionKey.OP_CONNECT);
      assertThat(channel.finishConnect()).isTrue();
    }
  }

  @Test
  void refusesAWriteAfterTheOutputWasShutDown() throws Exception {
    try (SocketChannel channel = open()) {
      connect(channel, address());
      SocketChannel accepted = listener.accept();
      await(channel, SelectionKey.OP_WRITE);
      channel.shutdownOutput();
      assertThatThrownBy(() -> channel.write(ByteBuffer.wrap(DATA)))
          .isInstanceOf(ClosedChannelException.class);
      accepted.close();
    }
  }

  @Test
  void leavesBlockingConnectsAlone() throws Exception {
    try (SocketChannel channel = lab.client().call(() -> SocketChannel.open(address()))) {
      assertThat(firstSyn().fastOpenCookie()).isEmpty();
      channel.write(ByteBuffer.wrap(DATA));
      assertEchoes(channel);
    }
  }

  @Test
  void leavesOtherPortsAlone() throws Exception {
    try (ServerSocketChannel other = listen(lab.server().ipv4(), 25);
        SocketChannel channel = open()) {
      connect(channel, other.getLocalAddress());
      assertThat(firstSyn().fastOpenCookie()).isEmpty();
    }
  }

  @Test
  void writesNothingAtFirstWhereTheCookieHasGoneMeanwhile() throws Exception {
    try (SocketChannel channel = open()) {
      connect(channel, address());
      forgetCookies();
      ByteBuffer data = ByteBuffer.wrap(DATA);
      assertThat(channel.write(data)).isZero();
      assertThat(data.position()).isZero();
      await(channel, SelectionKey.OP_WRITE);
      assertThat(channel.write(data)).isEqualTo(DATA.length);
      assertThat(firstSyn().payload()).isEmpty();
      assertEchoes(channel);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void tellsOnceOfAServerThatHasGoneInTheFirstReadOrWrite(boolean write) throws Exception {
    InetSocketAddress gone = new InetSocketAddress(lab.server().ipv4(), port + 5);
    try (ServerSocketChannel server = listen(lab.server().ipv4(), gone.getPort())) {
      getToKnow(server);
    }
    try (SocketChannel channel = open()) {
      connect(channel, gone);
      if (write) {
        assertThat(channel.write(ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
      }
      await(channel, SelectionKey.OP_READ);
      assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("refused");
    }
    for (int i = 0; i < 3; i++) { // the first one is plain
      assertIsRefusedInFinishConnect(gone);
    }
  }

  @Test
  void tellsOfARefusedPortInFinishConnectWhereNothingIsKnownOfIt() throws Exception {
    assertIsRefusedInFinishConnect(new InetSocketAddress(lab.server().ipv4(), port + 6));
  }

  private void assertIsRefusedInFinishConnect(InetSocketAddress refusing) throws Exception {
    try (SocketChannel channel = open()) {
      assertThat(channel.connect(refusing)).isFalse();
      await(channel, SelectionKey.OP_CONNECT);
      assertThatThrownBy(channel::finishConnect).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void sendsNothingWhereTheChannelIsClosedFirst() throws Exception {
    try (SocketChannel channel = open()) {
      channel.connect(address());
    }
    try (SocketChannel channel = open()) {
      connect(channel, address());
      channel.write(ByteBuffer.wrap(DATA));
      firstSyn();
      assertEchoes(channel);
    }
    assertThat(lab.wire().syns()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 100_000, 1_000_000})
  void deliversAllBytesInOrderWhereSynsWithDataAreDropped(int size) throws Exception {
    lab.wire().fault(Faults.dropSynData());
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (i * 31 >> 3);
    }
    try (SocketChannel channel = open()) {
      connect(channel, address());
      ByteBuffer data = ByteBuffer.wrap(bytes);
      channel.write(data);
      try (SocketChannel accepted = listener.accept()) {
        var received = lab.server().start(() -> readAll(accepted, size));
        while (data.hasRemaining()) {
          await(channel, SelectionKey.OP_WRITE);
          channel.write(data);
        }
        assertThat(received.get(SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo(bytes);
      }
    }
  }

  @Test
  void connectsPlainlyToAHostThatDidNotAnswer() throws Exception {
    InetSocketAddress silent;
    try (ServerSocketChannel server = listen(lab.server().ipv4(), port + 1)) {
      silent = (InetSocketAddress) server.getLocalAddress();
      getToKnow(server);
    }
    lab.wire().fault(Faults.cut());
    assertThat(isDeferred(silent)).isTrue();
    Awaitility.await().atMost(SOON).until(() -> !isDeferred(silent));
  }

  /** Gives up after a while. The kernel reports a deferred connect as done at once. */
  private boolean isDeferred(InetSocketAddress to) throws Exception {
    try (SocketChannel channel = open()) {
      channel.connect(to);
      boolean deferred = channel.finishConnect();
      if (deferred) {
        channel.write(ByteBuffer.wrap(DATA));
        channel.register(selector, SelectionKey.OP_READ);
        selector.select(500);
      }
      return deferred;
    }
  }

  private static byte[] readAll(SocketChannel channel, int size) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(size);
    while (buffer.hasRemaining() && channel.read(buffer) >= 0) {
      // Until all is here.
    }
    return buffer.array();
  }

  private ServerSocketChannel listen(InetAddress address, int port) throws Exception {
    return lab.server()
        .call(() -> ServerSocketChannel.open().bind(new InetSocketAddress(address, port)));
  }

  private SocketChannel open() throws Exception {
    SocketChannel channel = lab.client().call(SocketChannel::open);
    channel.configureBlocking(false);
    return channel;
  }

  private InetSocketAddress address() throws IOException {
    return (InetSocketAddress) listener.getLocalAddress();
  }

  private void forgetCookies() throws Exception {
    Process ip =
        lab.client()
            .call(() -> new ProcessBuilder("ip", "tcp_metrics", "flush").inheritIO().start());
    assumeThat(ip.waitFor(10, TimeUnit.SECONDS) && ip.exitValue() == 0).as("ip works").isTrue();
  }

  private Segment firstSyn() {
    Predicate<Segment> syn = Segment::isSyn;
    return lab.wire().await(syn);
  }

  private void await(SocketChannel channel, int operation) throws IOException {
    SelectionKey key = channel.register(selector, operation);
    assertThat(selector.select(SOON.toMillis())).as("ready keys").isEqualTo(1);
    assertThat(key.readyOps() & operation).isEqualTo(operation);
    selector.selectedKeys().clear();
    key.cancel();
    selector.selectNow();
  }

  /** Expects the server to receive what was written, and the client to receive its answer. */
  private void assertEchoes(SocketChannel channel) throws IOException {
    try (SocketChannel accepted = listener.accept()) {
      int length = accepted.read(ByteBuffer.allocate(100));
      assertThat(length).isPositive();
      accepted.write(ByteBuffer.allocate(length));
      if (!channel.isBlocking()) {
        await(channel, SelectionKey.OP_READ);
      }
      assertThat(channel.read(ByteBuffer.allocate(100))).isEqualTo(length);
    }
  }

  private static void assertReceives(SocketChannel accepted, int length) throws IOException {
    assertThat(accepted.read(ByteBuffer.allocate(100))).isEqualTo(length);
  }
}
