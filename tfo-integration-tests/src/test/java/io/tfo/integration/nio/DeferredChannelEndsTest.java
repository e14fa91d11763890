package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.test.Labs;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Uses of a channel of the provider before its SYN is answered. */
@Timeout(60)
@ExtendWith(ProviderJvm.class)
class DeferredChannelEndsTest {
  private static final AtomicInteger NEXT_PORT = new AtomicInteger(8600);
  private static final byte[] DATA = {1, 2, 3, 4, 5};
  private static final Duration DELAY = Duration.ofMillis(200);
  private static final Duration SOON = Duration.ofSeconds(20);

  private final int port = NEXT_PORT.getAndAdd(1);
  private Lab lab;
  private ServerSocketChannel listener;
  private Selector selector;

  @BeforeEach
  void getToKnowTheServer() throws Exception {
    lab = Labs.twoHosts();
    selector = Selector.open();
    listener =
        lab.server()
            .call(
                () ->
                    ServerSocketChannel.open()
                        .bind(new InetSocketAddress(lab.server().ipv4(), port)));
    getToKnow(listener);
    lab.wire().delay(DELAY);
    lab.wire().forget();
  }

  private void getToKnow(ServerSocketChannel server) throws Exception {
    try (SocketChannel channel = open()) {
      channel.connect(server.getLocalAddress());
      await(channel, SelectionKey.OP_CONNECT);
      channel.finishConnect();
      channel.write(ByteBuffer.wrap(DATA));
      server.accept().close();
    }
  }

  @AfterEach
  void close() throws IOException {
    if (lab != null) {
      selector.close();
      listener.close();
      lab.close();
    }
  }

  /** How the program closes. */
  enum Close {
    PLAIN,
    REGISTERED,
    LINGERING,
    BLOCKING
  }

  private void close(SocketChannel channel, Close how) throws IOException {
    switch (how) {
      case REGISTERED -> channel.register(selector, SelectionKey.OP_READ);
      case LINGERING -> channel.setOption(StandardSocketOptions.SO_LINGER, 100);
      case BLOCKING -> channel.configureBlocking(true);
      default -> {}
    }
    channel.close();
    selector.selectNow();
  }

  @ParameterizedTest
  @EnumSource
  void deliversWhatWasWrittenBeforeAClose(Close how) throws Exception {
    SocketChannel channel = connected();
    channel.write(ByteBuffer.wrap(DATA));
    close(channel, how);
    assertIsClosed(channel);
    try (SocketChannel accepted = listener.accept()) {
      assertThat(Channels.newInputStream(accepted).readAllBytes()).isEqualTo(DATA);
    }
    assertThat(firstSyn().payload()).isEqualTo(DATA);
  }

  /** TCP Fast Open was switched off, so the system sends no SYN from this socket. */
  @Test
  @SuppressWarnings("try") // the full table of descriptors is closed, and not used
  void tellsAReaderThatNoOtherSocketCanTakeItsPlace() throws Exception {
    try (SocketChannel loadsTheClasses = connected();
        SocketChannel channel = connected()) {
      lab.client().sysctl("net.ipv4.tcp_fastopen", "2");
      loadsTheClasses.configureBlocking(true);
      try (NoDescriptorLeft unused = new NoDescriptorLeft()) {
        channel.configureBlocking(true);
      }
      assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
          .isInstanceOf(IOException.class)
          .hasMessage("Connection reset");
    }
  }

  /** The kernel resets a connection that is closed with data that was not read. */
  @ParameterizedTest
  @EnumSource
  void endsAConnectionWhoseServerAnswersAtOnce(Close how) throws Exception {
    SocketChannel channel = connected();
    channel.write(ByteBuffer.wrap(DATA));
    close(channel, how);
    try (SocketChannel accepted = listener.accept()) {
      accepted.write(ByteBuffer.wrap(DATA));
      assertThat(Channels.newInputStream(accepted).readAllBytes()).isEqualTo(DATA);
    }
  }

  /** The JDK's close resets such a connection, and another channel can be bound there at once. */
  @ParameterizedTest
  @EnumSource(names = "LINGERING", mode = EnumSource.Mode.EXCLUDE)
  void freesTheChosenPortAtACloseThatResets(Close how) throws Exception {
    SocketChannel channel = open();
    channel.bind(new InetSocketAddress(lab.client().ipv4(), 0));
    SocketAddress local = channel.getLocalAddress();
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    channel.connect(listener.getLocalAddress());
    assertThat(channel.finishConnect()).as("deferred").isTrue();
    channel.write(ByteBuffer.wrap(DATA));
    close(channel, how);
    try (SocketChannel next = open();
        SocketChannel accepted = listener.accept()) {
      next.bind(local);
      ByteBuffer received = ByteBuffer.allocate(10);
      assertThat(accepted.read(received)).isEqualTo(DATA.length);
      assertThatThrownBy(() -> accepted.read(received)).hasMessageContaining("reset");
    }
  }

  private static void assertIsClosed(SocketChannel channel) {
    assertThat(channel.isOpen()).isFalse();
    assertThat(channel.isConnected()).isFalse();
    assertThat(channel.toString()).isEqualTo("java.nio.channels.SocketChannel[closed]");
    assertThatThrownBy(() -> channel.read(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> channel.write(ByteBuffer.allocate(1)))
        .isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(channel::finishConnect).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(channel::shutdownInput).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(channel::shutdownOutput).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(channel::getLocalAddress).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> channel.socket().getInputStream())
        .isInstanceOf(java.net.SocketException.class);
  }

  @Test
  void connectsBeforeTheCloseOfAChannelThatWasNotUsed() throws Exception {
    connected().close();
    try (SocketChannel accepted = listener.accept()) {
      assertThat(accepted.read(ByteBuffer.allocate(1))).isEqualTo(-1);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void deliversWhatWasWrittenBeforeAShutdownAndReadsTheReply(boolean input) throws Exception {
    try (SocketChannel channel = connected()) {
      channel.write(ByteBuffer.wrap(DATA));
      channel.shutdownOutput();
      if (input) {
        channel.shutdownInput();
        channel.shutdownInput();
        assertThat(channel.socket().isInputShutdown()).isTrue();
        assertReadsAsBehindAShutdown(channel);
      }
      channel.shutdownOutput();
      assertThat(channel.socket().isOutputShutdown()).isTrue();
      assertWritesAsBehindAShutdown(channel);
      try (SocketChannel accepted = listener.accept()) {
        assertThat(Channels.newInputStream(accepted).readAllBytes()).isEqualTo(DATA);
        accepted.write(ByteBuffer.wrap(DATA));
        if (!input) {
          await(channel, SelectionKey.OP_READ);
          assertThat(channel.read(ByteBuffer.allocate(10))).isEqualTo(DATA.length);
        }
      }
    }
  }

  /** The timer may not have come to the shutdown yet. */
  @Test
  void endsTheOutputBeforeACloseThatResets() throws Exception {
    SocketChannel channel = connected();
    channel.write(ByteBuffer.wrap(DATA));
    channel.shutdownOutput();
    try (SocketChannel accepted = listener.accept()) {
      accepted.write(ByteBuffer.wrap(DATA));
      while (channel.read(ByteBuffer.allocate(1)) == 0) {
        Thread.onSpinWait();
      }
      channel.close();
      assertThat(Channels.newInputStream(accepted).readAllBytes()).isEqualTo(DATA);
    }
  }

  /** On loopback the refusal is there before the library looks at the SYN. */
  @Test
  void tellsThatThePortIsRefusedWhereTheCookieHasGone() throws Exception {
    run("ip", "link", "set", "lo", "up");
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    ServerSocketChannel server = lab.client().call(() -> ServerSocketChannel.open().bind(address));
    getToKnow(server);
    try (SocketChannel channel = open()) {
      channel.connect(address);
      assertThat(channel.finishConnect()).as("deferred").isTrue();
      server.close();
      forgetCookies();
      assertThatThrownBy(() -> channel.write(ByteBuffer.wrap(DATA)))
          .isExactlyInstanceOf(ConnectException.class)
          .hasMessage("Connection refused");
    }
  }

  private static void assertReadsAsBehindAShutdown(SocketChannel channel) throws IOException {
    ByteBuffer[] targets = {ByteBuffer.allocate(1), ByteBuffer.allocate(1)};
    assertThat(channel.read(targets[0])).isEqualTo(-1);
    assertThat(channel.read(targets)).isEqualTo(-1);
    assertThatThrownBy(() -> channel.read((ByteBuffer) null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> channel.read(targets, 1, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static void assertWritesAsBehindAShutdown(SocketChannel channel) {
    ByteBuffer[] sources = {ByteBuffer.wrap(DATA), ByteBuffer.wrap(DATA)};
    assertThatThrownBy(() -> channel.write(sources[0])).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> channel.write(sources)).isInstanceOf(ClosedChannelException.class);
    assertThatThrownBy(() -> channel.write((ByteBuffer) null))
        .isInstanceOf(NullPointerException.class);
    assertThatThrownBy(() -> channel.write(sources, 1, 2))
        .isInstanceOf(IndexOutOfBoundsException.class);
    assertThatThrownBy(() -> channel.socket().sendUrgentData(1)).isInstanceOf(IOException.class);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void deliversWhatWasWrittenBeforeAShutdownInBlockingMode(boolean isBlockingBefore)
      throws Exception {
    try (SocketChannel channel = connected()) {
      channel.write(ByteBuffer.wrap(DATA));
      if (isBlockingBefore) {
        channel.configureBlocking(true);
      }
      channel.shutdownOutput();
      channel.configureBlocking(true);
      try (SocketChannel accepted = listener.accept()) {
        assertThat(Channels.newInputStream(accepted).readAllBytes()).isEqualTo(DATA);
        accepted.write(ByteBuffer.wrap(DATA));
        assertThat(channel.read(ByteBuffer.allocate(10))).isEqualTo(DATA.length);
      }
    }
    assertThat(firstSyn().payload()).isEqualTo(DATA);
  }

  @Test
  void isClosedAfterShutdownsThatAreDelayed() throws Exception {
    SocketChannel channel = connected();
    channel.write(ByteBuffer.wrap(DATA));
    channel.shutdownInput();
    channel.shutdownOutput();
    channel.close();
    assertIsClosed(channel);
    try (SocketChannel accepted = listener.accept()) {
      assertThat(Channels.newInputStream(accepted).readAllBytes()).isEqualTo(DATA);
    }
  }

  @Test
  void transfersNothingAfterAShutdown(@TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("file"), DATA);
    try (SocketChannel channel = connected();
        FileChannel data = FileChannel.open(file)) {
      channel.write(ByteBuffer.wrap(DATA));
      channel.shutdownOutput();
      assertThatThrownBy(() -> data.transferTo(0, DATA.length, channel))
          .isInstanceOf(IOException.class);
      try (SocketChannel accepted = listener.accept()) {
        assertThat(Channels.newInputStream(accepted).readAllBytes()).isEqualTo(DATA);
        accepted.write(ByteBuffer.wrap(DATA));
        channel.configureBlocking(true);
        assertThat(channel.read(ByteBuffer.allocate(10))).isEqualTo(DATA.length);
        assertThatThrownBy(() -> data.transferTo(0, DATA.length, channel))
            .isInstanceOf(IOException.class);
      }
    }
  }

  /** The streams of the socket need blocking mode. */
  @Test
  void streamsNothingAfterAShutdown() throws Exception {
    try (SocketChannel channel = connected()) {
      OutputStream out = channel.socket().getOutputStream();
      InputStream in = channel.socket().getInputStream();
      channel.write(ByteBuffer.wrap(DATA));
      channel.shutdownInput();
      channel.shutdownOutput();
      channel.configureBlocking(true);
      assertThatThrownBy(() -> out.write(DATA)).isInstanceOf(ClosedChannelException.class);
      assertThatThrownBy(() -> channel.write(ByteBuffer.wrap(DATA)))
          .isInstanceOf(AsynchronousCloseException.class);
      assertThatThrownBy(() -> channel.socket().sendUrgentData(1))
          .isInstanceOf(AsynchronousCloseException.class);
      try (SocketChannel accepted = listener.accept()) {
        assertThat(Channels.newInputStream(accepted).readAllBytes()).isEqualTo(DATA);
        accepted.write(ByteBuffer.wrap(DATA));
      }
      assertThat(in.read()).isEqualTo(-1);
    }
  }

  /** The JDK holds the channel's lock while the system closes the descriptor. */
  @Test
  void sendsAnotherChannelsSynWhileACloseLingers() throws Exception {
    SocketChannel lingering = connected();
    lingering.setOption(StandardSocketOptions.SO_LINGER, 1000);
    CompletableFuture<Void> closed = new CompletableFuture<>();
    SocketChannel other;
    try (SocketChannel accepted = fill(lingering)) {
      Thread closer =
          new Thread(
              () -> {
                try {
                  lingering.close();
                  closed.complete(null);
                } catch (IOException e) {
                  closed.completeExceptionally(e);
                }
              });
      closer.start();
      lab.wire().forget();
      other = connected();
      assertThat(firstSyn().payload()).isEmpty();
      assertThat(closed).isNotDone();
      accepted.setOption(StandardSocketOptions.SO_LINGER, 0);
    }
    closed.get(SOON.toSeconds(), TimeUnit.SECONDS);
    other.close();
  }

  /** Writes until neither side takes more. */
  private SocketChannel fill(SocketChannel channel) throws Exception {
    ByteBuffer much = ByteBuffer.allocate(100_000);
    channel.write(much);
    SocketChannel accepted = listener.accept();
    channel.register(selector, SelectionKey.OP_WRITE);
    while (selector.select(5 * DELAY.toMillis()) > 0) {
      channel.write(much.clear());
      selector.selectedKeys().clear();
    }
    channel.keyFor(selector).cancel();
    selector.selectNow();
    return accepted;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void transfersAFileFirst(boolean cookieHasGone, @TempDir Path folder) throws Exception {
    Path file = Files.write(folder.resolve("file"), DATA);
    try (SocketChannel channel = connected();
        FileChannel data = FileChannel.open(file)) {
      if (cookieHasGone) {
        forgetCookies();
      }
      long sent = data.transferTo(0, DATA.length, channel);
      while (sent < DATA.length) {
        await(channel, SelectionKey.OP_WRITE);
        sent += data.transferTo(sent, DATA.length - sent, channel);
      }
      channel.shutdownOutput();
      try (SocketChannel accepted = listener.accept()) {
        assertThat(Channels.newInputStream(accepted).readAllBytes()).isEqualTo(DATA);
      }
    }
  }

  @Test
  void connectsAtOnceToAServerThatSpokeFirstBefore() throws Exception {
    try (SocketChannel channel = connected();
        SocketChannel accepted = listener.accept()) {
      accepted.write(ByteBuffer.wrap(DATA));
      await(channel, SelectionKey.OP_READ);
      assertThat(channel.read(ByteBuffer.allocate(10))).isEqualTo(DATA.length);
    }
    lab.wire().delay(Duration.ofSeconds(2));
    try (SocketChannel channel = open()) {
      channel.connect(listener.getLocalAddress());
      assertThat(channel.finishConnect()).isFalse();
      await(channel, SelectionKey.OP_CONNECT);
      assertThat(channel.finishConnect()).isTrue();
    }
  }

  @Test
  void defersToAServerThatOnlyClosedBefore() throws Exception {
    try (SocketChannel channel = connected()) {
      listener.accept().close();
      await(channel, SelectionKey.OP_READ);
      assertThat(channel.read(ByteBuffer.allocate(10))).isEqualTo(-1);
    }
    lab.wire().forget();
    try (SocketChannel channel = connected()) {
      channel.write(ByteBuffer.wrap(DATA));
      assertThat(firstSyn().payload()).isEqualTo(DATA);
    }
  }

  @Test
  void sendsAnUrgentByteAfterTheSyn() throws Exception {
    try (SocketChannel channel = connected()) {
      channel.socket().sendUrgentData(1);
      assertThat(firstSyn().payload()).isEmpty();
      channel.write(ByteBuffer.wrap(DATA));
      channel.shutdownOutput();
      try (SocketChannel accepted = listener.accept()) {
        assertThat(Channels.newInputStream(accepted).readAllBytes()).isEqualTo(DATA);
      }
    }
  }

  @Test
  void printsAsTheJdksDoes() throws Exception {
    try (SocketChannel channel = open()) {
      assertThat(channel.toString()).isEqualTo("java.nio.channels.SocketChannel[unconnected]");
      channel.connect(listener.getLocalAddress());
      assertThat(channel.toString())
          .isEqualTo(
              "java.nio.channels.SocketChannel[connection-pending remote=%s]",
              listener.getLocalAddress());
      assertThat(channel.getLocalAddress()).isNull();
      channel.finishConnect();
      assertThat(channel.toString())
          .isEqualTo(
              "java.nio.channels.SocketChannel[connected local=%s remote=%s]",
              channel.getLocalAddress(), listener.getLocalAddress());
      channel.write(ByteBuffer.wrap(DATA));
      channel.shutdownOutput();
      assertThat(channel.toString()).contains("[connected oshut local=");
      channel.shutdownInput();
      assertThat(channel.toString()).contains("[connected ishut oshut local=");
      channel.configureBlocking(true); // carries them out
      assertThat(channel.toString()).contains("[connected ishut oshut local=");
    }
  }

  /** A channel whose SYN waits. */
  private SocketChannel connected() throws Exception {
    SocketChannel channel = open();
    assertThat(channel.connect(listener.getLocalAddress())).isFalse();
    assertThat(channel.finishConnect()).as("deferred").isTrue();
    return channel;
  }

  private SocketChannel open() throws Exception {
    SocketChannel channel = lab.client().call(SocketChannel::open);
    channel.configureBlocking(false);
    return channel;
  }

  private void forgetCookies() throws Exception {
    run("ip", "tcp_metrics", "flush");
  }

  /** Runs a command on the client. */
  private void run(String... command) throws Exception {
    Process process = lab.client().call(() -> new ProcessBuilder(command).inheritIO().start());
    assumeThat(process.waitFor(10, TimeUnit.SECONDS) && process.exitValue() == 0)
        .as("ip works")
        .isTrue();
  }

  private Segment firstSyn() {
    return lab.wire().await(Segment::isSyn);
  }

  private void await(SocketChannel channel, int operation) throws IOException {
    SelectionKey key = channel.register(selector, operation);
    assertThat(selector.select(SOON.toMillis())).as("ready keys").isEqualTo(1);
    selector.selectedKeys().clear();
    key.cancel();
    selector.selectNow();
  }
}
