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
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
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
  private static final int DEFERRED_PORT = 8000;
  private static final byte[] DATA = {1, 2, 3, 4, 5};
  private static final Duration SOON = Duration.ofSeconds(10);

  private Lab lab;
  private ServerSocketChannel listener;
  private Selector selector;

  @BeforeEach
  void fetchACookie() throws Exception {
    lab = Labs.twoHosts();
    listener = listen(lab.server().ipv4(), DEFERRED_PORT);
    selector = Selector.open();
    try (SocketChannel channel = open()) {
      assertThat(channel.connect(address())).as("connected before there is a cookie").isFalse();
      await(channel, SelectionKey.OP_CONNECT);
      assertThat(channel.finishConnect()).isTrue();
      channel.write(ByteBuffer.wrap(DATA));
      listener.accept().close();
    }
    lab.wire().forget();
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
      assertThat(channel.connect(address())).isTrue();
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
      channel.connect(address());
      ByteBuffer[] twice = {ByteBuffer.wrap(DATA), ByteBuffer.wrap(DATA)};
      assertThat(channel.write(twice)).isEqualTo(2L * DATA.length);
      assertThat(firstSyn().payload()).hasSize(2 * DATA.length);
      assertEchoes(channel);
    }
  }

  @Test
  void sendsTheFirstWriteToAnIpv6HostInTheSyn() throws Exception {
    assumeThat(lab.server().hasIpv6()).as("IPv6 here").isTrue();
    try (ServerSocketChannel ipv6 = listen(lab.server().ipv6(), DEFERRED_PORT + 1)) {
      InetSocketAddress to = (InetSocketAddress) ipv6.getLocalAddress();
      for (boolean cookie : new boolean[] {false, true}) {
        lab.wire().forget();
        try (SocketChannel channel = open()) {
          assertThat(channel.connect(to)).isEqualTo(cookie);
          if (!cookie) {
            await(channel, SelectionKey.OP_CONNECT);
            channel.finishConnect();
          }
          channel.write(ByteBuffer.wrap(DATA));
          assertThat(firstSyn().payload()).isEqualTo(cookie ? DATA : new byte[0]);
        }
      }
    }
  }

  @Test
  void acceptsNoSynDataOnAListenerWithAFastOpenBacklogOfZero() throws Exception {
    InetSocketAddress local = new InetSocketAddress(lab.server().ipv4(), DEFERRED_PORT + 2);
    try (ServerSocketChannel none =
            lab.server().call(() -> FastOpenListener.system().open(local, 50, 0));
        SocketChannel channel = open()) {
      channel.connect(local);
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
      assertThat(channel.connect(address())).isTrue();
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
      channel.connect(address());
      try (SocketChannel accepted = listener.accept()) {
        assertThat(accepted.getRemoteAddress()).isEqualTo(channel.getLocalAddress());
      }
      await(channel, SelectionKey.OP_READ);
      assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  @Test
  void sendsTheSynWhenTheChannelIsMadeBlocking() throws Exception {
    try (SocketChannel channel = open()) {
      channel.connect(address());
      channel.configureBlocking(true);
      assertThat(firstSyn().payload()).isEmpty();
      try (SocketChannel accepted = listener.accept()) {
        accepted.write(ByteBuffer.wrap(DATA));
        assertThat(channel.read(ByteBuffer.allocate(100))).isEqualTo(DATA.length);
      }
    }
  }

  @Test
  void refusesAWriteAfterTheOutputWasShutDown() throws Exception {
    try (SocketChannel channel = open()) {
      channel.connect(address());
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
      assertThat(channel.connect(other.getLocalAddress())).isFalse();
      await(channel, SelectionKey.OP_CONNECT);
      assertThat(channel.finishConnect()).isTrue();
      assertThat(firstSyn().fastOpenCookie()).isEmpty();
    }
  }

  @Test
  void writesNothingAtFirstWhereTheCookieHasGoneMeanwhile() throws Exception {
    try (SocketChannel channel = open()) {
      assertThat(channel.connect(address())).isTrue();
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

  @Test
  void failsTheFirstWriteWhereTheClientSideWasSwitchedOffMeanwhile() throws Exception {
    try (SocketChannel channel = open()) {
      assertThat(channel.connect(address())).isTrue();
      lab.client().sysctl("net.ipv4.tcp_fastopen", "2");
      assertThatThrownBy(() -> channel.write(ByteBuffer.wrap(DATA)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("not supported");
    }
  }

  @Test
  void tellsOfARefusedPortAfterTheFirstWrite() throws Exception {
    try (SocketChannel channel = open()) {
      InetSocketAddress refusing = new InetSocketAddress(lab.server().ipv4(), DEFERRED_PORT + 5);
      assertThat(channel.connect(refusing)).isTrue();
      assertThat(channel.write(ByteBuffer.wrap(DATA))).isEqualTo(DATA.length);
      await(channel, SelectionKey.OP_READ);
      assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("refused");
    }
  }

  @Test
  void tellsOfARefusedPortWithoutAFirstWrite() throws Exception {
    try (SocketChannel channel = open()) {
      InetSocketAddress refusing = new InetSocketAddress(lab.server().ipv4(), DEFERRED_PORT + 5);
      assertThat(channel.connect(refusing)).isTrue();
      await(channel, SelectionKey.OP_READ);
      assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("refused");
    }
  }

  @Test
  void sendsNothingWhereTheChannelIsClosedFirst() throws Exception {
    try (SocketChannel channel = open()) {
      channel.connect(address());
    }
    try (SocketChannel channel = open()) {
      channel.connect(address());
      channel.write(ByteBuffer.wrap(DATA));
      firstSyn();
      assertEchoes(channel);
    }
    assertThat(lab.wire().syns()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 20, 100_000, 1_000_000})
  void deliversAllBytesInOrderWhereSynsWithDataAreDropped(int size) throws Exception {
    listener.close();
    listener = listen(lab.server().ipv4(), portOfItsOwn(size));
    lab.wire().fault(Faults.dropSynData());
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (i * 31 >> 3);
    }
    try (SocketChannel channel = open()) {
      channel.connect(address());
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
    InetSocketAddress silent = new InetSocketAddress(lab.server().ipv4(), portOfItsOwn(0));
    lab.wire().fault(Faults.cut());
    try (SocketChannel first = open()) {
      assertThat(first.connect(silent)).isTrue();
      first.write(ByteBuffer.wrap(DATA));
      Awaitility.await().atMost(SOON).until(() -> !isDeferred(silent));
    }
  }

  private boolean isDeferred(InetSocketAddress to) throws Exception {
    try (SocketChannel channel = open()) {
      return channel.connect(to);
    }
  }

  /**
   * The back-off table outlives the lab: each test that loses SYNs has a destination of its own.
   */
  private static int portOfItsOwn(int number) {
    return 8200 + number % 97;
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
    return lab.wire().await(syn, SOON);
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
