package io.tfo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.lab.FullListener;
import io.tfo.test.Connecting;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.nio.channels.IllegalBlockingModeException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
@SuppressWarnings("try") // a close is part of a test
class TimedConnectTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Duration SHORT = Duration.ofMillis(50);

  private final FastOpenConnector plain =
      new PlainConnector(FastOpenCapability.unsupported("plain"));

  @Test
  void timesOutIfTheServerDoesNotAnswer() throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(10).position(3);
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      long begin = System.nanoTime();

      assertThatThrownBy(() -> plain.connect(channel, full.address(), data, SHORT))
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessage("Connect timed out");

      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(SHORT, LONG);
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isEqualTo(3);
    }
  }

  @Test
  void timesOutAsTheJdkDoesWhereNoThreadCanWatch() throws Exception {
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      ByteBuffer data = OneConnectionServer.buffer(10);
      long begin = System.nanoTime();

      assertThatThrownBy(
              () -> TimedConnect.connectWithoutTimer(channel, full.address(), data, SHORT))
          .isInstanceOf(SocketTimeoutException.class)
          .hasMessage("Connect timed out");

      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isBetween(SHORT, LONG);
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isZero();
    }
  }

  @Test
  void sendsTheDataWhereNoThreadCanWatch() throws Exception {
    try (ServerSocketChannel listener = ServerSocketChannel.open().bind(null);
        SocketChannel channel = SocketChannel.open()) {
      ByteBuffer data = OneConnectionServer.buffer(10);

      assertThat(TimedConnect.connectWithoutTimer(channel, listener.getLocalAddress(), data, LONG))
          .isTrue();

      assertThat(data.hasRemaining()).isFalse();
      try (SocketChannel accepted = listener.accept()) {
        ByteBuffer read = ByteBuffer.allocate(10);
        while (read.hasRemaining()) {
          accepted.read(read);
        }
        assertThat(read.flip()).isEqualTo(data.flip());
      }
    }
  }

  @Test
  void timesOutWhileTheServerDoesNotReadTheRest() throws Exception {
    ByteBuffer data = ByteBuffer.allocate(64 << 20);
    try (ServerSocketChannel listener = ServerSocketChannel.open().bind(null);
        SocketChannel channel = SocketChannel.open()) {
      SocketAddress address = listener.getLocalAddress();

      assertThatThrownBy(() -> plain.connect(channel, address, data, Duration.ofMillis(200)))
          .isInstanceOf(SocketTimeoutException.class);

      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isZero();
    }
  }

  @Test
  void timesOutOnAUnixDomainChannel(@TempDir Path folder) throws Exception {
    UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
    try (ServerSocketChannel listener =
            ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
        SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      ByteBuffer data = ByteBuffer.allocate(64 << 20);

      assertThatThrownBy(() -> plain.connect(channel, address, data, Duration.ofMillis(200)))
          .isInstanceOf(SocketTimeoutException.class);

      assertThat(channel.isOpen()).isFalse();
      assertThat(listener.isOpen()).isTrue();
    }
  }

  @Test
  void rejectsAChannelThatAnotherThreadIsConnecting() throws Exception {
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      SocketAddress address = full.address();
      CompletableFuture<Throwable> other =
          CompletableFuture.supplyAsync(
              () -> catchThrowable(() -> channel.connect(address)),
              command -> new Thread(command).start());
      Connecting.awaitPending(channel);

      assertThatThrownBy(
              () -> plain.connect(channel, address, OneConnectionServer.buffer(10), SHORT))
          .isInstanceOf(ConnectionPendingException.class);

      assertThat(channel.isOpen()).isTrue();
      channel.close();
      assertThat(other.get(20, TimeUnit.SECONDS)).isInstanceOf(AsynchronousCloseException.class);
    }
  }

  @Test
  void rejectsNullDataForAPendingChannel() throws Exception {
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      channel.configureBlocking(false);
      channel.connect(full.address());
      channel.configureBlocking(true);

      assertThatThrownBy(() -> plain.connect(channel, full.address(), null, LONG))
          .isInstanceOf(NullPointerException.class);
      assertThat(channel.isConnectionPending()).isTrue();
    }
  }

  @Test
  void timesOutWithAShortTimeoutWhileOthersWaitForLonger() throws Exception {
    try (FullListener full = new FullListener();
        SocketChannel longer = SocketChannel.open();
        SocketChannel channel = SocketChannel.open()) {
      CompletableFuture<Throwable> other = connectOnAnotherThread(longer, full.address(), LONG);
      Connecting.awaitPending(longer);

      assertThatThrownBy(
              () -> plain.connect(channel, full.address(), OneConnectionServer.buffer(1), SHORT))
          .isInstanceOf(SocketTimeoutException.class);

      assertThat(other).isNotDone();
      longer.close();
      assertThat(other.get(20, TimeUnit.SECONDS)).isInstanceOf(AsynchronousCloseException.class);
    }
  }

  @Test
  void connectsInTime() throws Exception {
    try (OneConnectionServer server = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      assertThat(plain.connect(channel, server.address(), OneConnectionServer.buffer(10), LONG))
          .isTrue();

      channel.shutdownOutput();
      assertThat(server.received()).isEqualTo(OneConnectionServer.bytes(10));
    }
  }

  @Test
  void hasNoTimeoutForZero() throws Exception {
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      CompletableFuture<Throwable> thrown =
          connectOnAnotherThread(channel, full.address(), Duration.ZERO);
      Connecting.awaitPending(channel);

      awaitTimer(SHORT);

      assertThat(thrown).isNotDone();
      channel.close();
      assertThat(thrown.get(20, TimeUnit.SECONDS)).isInstanceOf(AsynchronousCloseException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {Long.MAX_VALUE, Long.MAX_VALUE / 1000, Integer.MAX_VALUE})
  void acceptsHugeTimeouts(long seconds) throws Exception {
    try (OneConnectionServer server = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      Duration timeout = Duration.ofSeconds(seconds, 999_999_999);

      assertThat(plain.connect(channel, server.address(), OneConnectionServer.buffer(10), timeout))
          .isTrue();
      assertThat(channel.isOpen()).isTrue();
    }
  }

  @Test
  void aHugeTimeoutDoesNotEndAConnectThatWaits() throws Exception {
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      CompletableFuture<Throwable> thrown =
          connectOnAnotherThread(channel, full.address(), Duration.ofSeconds(Long.MAX_VALUE));
      Connecting.awaitPending(channel);

      awaitTimer(SHORT);

      assertThat(thrown).isNotDone();
      channel.close();
      assertThat(thrown.get(20, TimeUnit.SECONDS)).isInstanceOf(AsynchronousCloseException.class);
    }
  }

  @Test
  void timesOutAfterANanosecond() throws Exception {
    ScriptedConnector waiting = new ScriptedConnector(channel -> awaitClosed(channel));
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(
              () ->
                  waiting.connect(
                      channel,
                      OneConnectionServer.refusing(),
                      OneConnectionServer.buffer(1),
                      Duration.ofNanos(1)))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  /** The JDK takes a timeout of zero milliseconds for none. */
  @Test
  void roundsUpToTheNextMillisecondWhereNoThreadCanWatch() throws Exception {
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(
              () ->
                  TimedConnect.connectWithoutTimer(
                      channel, full.address(), OneConnectionServer.buffer(1), Duration.ofNanos(1)))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void rejectsANegativeTimeoutAndDoesNotChangeTheChannel() throws Exception {
    try (OneConnectionServer server = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      SocketAddress address = server.address();
      assertThatThrownBy(
              () ->
                  plain.connect(
                      channel, address, OneConnectionServer.buffer(1), Duration.ofNanos(-1)))
          .isInstanceOf(IllegalArgumentException.class);

      assertThat(WrongUse.state(channel)).isEqualTo(WrongUse.state(SocketChannel.open()));
    }
  }

  @Test
  void rejectsANonBlockingChannelAndDoesNotChangeIt() throws Exception {
    try (OneConnectionServer server = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      channel.configureBlocking(false);
      SocketAddress address = server.address();

      assertThatThrownBy(() -> plain.connect(channel, address, OneConnectionServer.buffer(1), LONG))
          .isInstanceOf(IllegalBlockingModeException.class);
      assertThatThrownBy(
              () -> plain.connect(channel, address, OneConnectionServer.buffer(1), Duration.ZERO))
          .isInstanceOf(IllegalBlockingModeException.class);

      assertThat(channel.isOpen()).isTrue();
      assertThat(channel.isConnectionPending()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "PENDING")
  @SuppressWarnings("NullAway") // one of the wrong uses is a null
  void rejectsWrongUseAsTheJdkDoesAndDoesNotChangeTheChannel(WrongUse wrongUse) throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(10).position(3);
    try (OneConnectionServer first = new OneConnectionServer();
        OneConnectionServer second = new OneConnectionServer();
        SocketChannel jdk = wrongUse.open(first.address());
        SocketChannel ours = wrongUse.open(second.address())) {
      Throwable expected = catchThrowable(() -> jdk.connect(wrongUse.address(first.address())));

      assertThatThrownBy(
              () ->
                  plain.connect(
                      ours, wrongUse.address(second.address()), data, Duration.ofMillis(20)))
          .hasSameClassAs(expected);

      awaitTimer(SHORT);
      assertThat(WrongUse.state(ours)).isEqualTo(WrongUse.state(jdk));
      assertThat(data.position()).isEqualTo(3);
    }
  }

  @Test
  void throwsWhatTheJdkThrowsForARefusedConnect() throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(10).position(3);
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(() -> plain.connect(channel, OneConnectionServer.refusing(), data, LONG))
          .isInstanceOf(ConnectException.class);
      assertThat(data.position()).isEqualTo(3);
    }
  }

  @Test
  void isEndedByAnInterruptAsWithoutATimeout() throws Exception {
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      SocketAddress address = full.address();
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () ->
                  thrown.complete(
                      catchThrowable(
                          () ->
                              plain.connect(
                                  channel, address, OneConnectionServer.buffer(1), LONG))));
      thread.start();
      Connecting.awaitPending(channel);

      thread.interrupt();

      assertThat(thrown.get(20, TimeUnit.SECONDS)).isInstanceOf(ClosedByInterruptException.class);
      assertThat(channel.isOpen()).isFalse();
    }
  }

  @Test
  void isEndedByACloseFromAnotherThreadAsWithoutATimeout() throws Exception {
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      CompletableFuture<Throwable> thrown = connectOnAnotherThread(channel, full.address(), LONG);
      Connecting.awaitPending(channel);

      channel.close();

      assertThat(thrown.get(20, TimeUnit.SECONDS))
          .isInstanceOf(AsynchronousCloseException.class)
          .isNotInstanceOf(ClosedByInterruptException.class);
    }
  }

  @Test
  void doesNotCloseTheChannelAfterTheConnect() throws Exception {
    try (OneConnectionServer server = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      Duration timeout = Duration.ofMillis(500);
      assertThat(plain.connect(channel, server.address(), OneConnectionServer.buffer(10), timeout))
          .isTrue();

      awaitTimer(timeout.plusMillis(100));

      assertThat(channel.isOpen()).isTrue();
      assertThat(channel.isConnected()).isTrue();
    }
  }

  @Test
  void timesOutIfTheTimerClosesTheChannelBetweenTwoCallsOfTheConnector() throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(10).position(3);
    ScriptedConnector betweenTwoCalls =
        new ScriptedConnector(
            channel -> {
              awaitClosed(channel);
              throw new ClosedChannelException();
            });
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(
              () -> betweenTwoCalls.connect(channel, OneConnectionServer.refusing(), data, SHORT))
          .isInstanceOf(SocketTimeoutException.class)
          .hasCauseInstanceOf(ClosedChannelException.class);
      assertThat(data.position()).isEqualTo(3);
    }
  }

  @Test
  void timesOutIfTheConnectorReturnsTooLate() throws Exception {
    ByteBuffer data = OneConnectionServer.buffer(10).position(3);
    ScriptedConnector late =
        new ScriptedConnector(
            channel -> {
              awaitClosed(channel);
              data.position(10);
            });
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(() -> late.connect(channel, OneConnectionServer.refusing(), data, SHORT))
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isEqualTo(3);
    }
  }

  private CompletableFuture<Throwable> connectOnAnotherThread(
      SocketChannel channel, SocketAddress address, Duration timeout) {
    return CompletableFuture.supplyAsync(
        () ->
            catchThrowable(
                () -> plain.connect(channel, address, OneConnectionServer.buffer(1), timeout)),
        command -> new Thread(command).start());
  }

  /** Waits until a connect that is begun now, with this timeout, has timed out. */
  private void awaitTimer(Duration time) throws IOException {
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      SocketAddress address = full.address();
      assertThatThrownBy(() -> plain.connect(channel, address, OneConnectionServer.buffer(1), time))
          .isInstanceOf(SocketTimeoutException.class);
    }
  }

  private static void awaitClosed(SocketChannel channel) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (channel.isOpen()) {
      assertThat(System.nanoTime() - deadline).as("the channel is closed").isNegative();
      Thread.onSpinWait();
    }
  }

  /** A connector whose connect is a script of the test. */
  private record ScriptedConnector(Script script) implements FastOpenConnector {
    interface Script {
      void connect(SocketChannel channel) throws IOException;
    }

    @Override
    public FastOpenCapability capability() {
      return FastOpenCapability.available("scripted");
    }

    @Override
    public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
        throws IOException {
      script.connect(channel);
      return true;
    }

    @Override
    public FastOpenOutcome outcome(SocketChannel channel) {
      return FastOpenOutcome.UNKNOWN;
    }
  }
}
