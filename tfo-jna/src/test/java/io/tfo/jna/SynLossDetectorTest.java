package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.test.FullListener;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which connects change the back-off table, and how. */
@Timeout(60)
@SuppressWarnings("try") // a close is part of a test
class SynLossDetectorTest {
  private static final Duration SYN_TIMEOUT = Duration.ofSeconds(1);

  private final AtomicLong clock = new AtomicLong();
  private final BackOff backOff = new BackOff(clock::get, 10);
  private final ScriptedTcp tcp = new ScriptedTcp();
  private final FastOpenConnector connector =
      new ChannelConnector(new NativeAccess(null, () -> tcp), backOff);

  /** The handshake takes so long, by the clock of the test. */
  private ScriptedTcp.Syn slow(Duration time, int taken) {
    return (fd, address, addressLength, data, length) -> {
      clock.addAndGet(time.toNanos());
      return ScriptedTcp.taking(taken).send(fd, address, addressLength, data, length);
    };
  }

  private boolean connect(SocketAddress address) throws IOException {
    try (SocketChannel channel = SocketChannel.open()) {
      return connector.connect(channel, address, OneConnectionServer.buffer(2));
    }
  }

  /** As after a loss a minute ago: it is still remembered, and its wait is over. */
  private void remember(InetSocketAddress destination) {
    backOff.lost(destination);
    clock.addAndGet(BackOff.FIRST.toNanos());
    assertThat(backOff.destinations()).isZero();
    assertThat(backOff.remembers(destination)).isTrue();
  }

  @Test
  void aConnectInTimeMakesNoFurtherCallAndForgetsALoss() throws Exception {
    tcp.syn = ScriptedTcp.taking(1);
    try (OneConnectionServer peer = new OneConnectionServer()) {
      remember(peer.address());

      assertThat(connect(peer.address())).isTrue();

      assertThat(tcp.calls).containsExactly("probe", "sendSyn 2");
      assertThat(backOff.remembers(peer.address())).isFalse();
    }
  }

  @Test
  void aConnectWithoutDataInItsSynForgetsNothing() throws Exception {
    tcp.syn = ScriptedTcp.taking(0);
    try (OneConnectionServer peer = new OneConnectionServer()) {
      remember(peer.address());

      assertThat(connect(peer.address())).isTrue();

      assertThat(backOff.remembers(peer.address())).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "SYN_RETRANSMITTED, 1",
    "COOKIE_REQUESTED, 0",
    "UNKNOWN, 1",
    "SYN_DATA_ACKED, 0",
    "SYN_DATA_NOT_ACKED, 0",
    "NOT_ATTEMPTED, 0"
  })
  void aConnectThatTookASynTimeoutCountsByItsOutcome(FastOpenOutcome outcome, int lost)
      throws Exception {
    tcp.outcome = outcome;
    tcp.syn = slow(SYN_TIMEOUT, 1);
    try (OneConnectionServer peer = new OneConnectionServer()) {
      assertThat(connect(peer.address())).isTrue();

      assertThat(backOff.destinations()).isEqualTo(lost);
      assertThat(tcp.calls).containsExactly("probe", "sendSyn 2", "connectOutcome");
    }
  }

  @Test
  void aSlowConnectWhoseOutcomeCannotBeReadIsLostAndSucceeds() throws Exception {
    tcp.outcome = null;
    tcp.syn = slow(SYN_TIMEOUT, 1);
    try (OneConnectionServer peer = new OneConnectionServer()) {
      assertThat(connect(peer.address())).isTrue();

      assertThat(backOff.destinations()).isOne();
    }
  }

  @Test
  void aLostDestinationIsConnectedPlainlyUntilItsWaitIsOver() throws Exception {
    tcp.syn = ScriptedTcp.taking(1);
    try (OneConnectionServer peer = new OneConnectionServer()) {
      backOff.lost(peer.address());

      assertThat(connect(peer.address())).isTrue();
      assertThat(tcp.calls).containsExactly("probe");
      try (SocketChannel pending = SocketChannel.open()) {
        pending.configureBlocking(false);
        connector.connect(pending, peer.address(), OneConnectionServer.buffer(2));
      }
      assertThat(tcp.calls).containsExactly("probe");

      clock.addAndGet(BackOff.FIRST.toNanos());
      assertThat(connect(peer.address())).isTrue();
      assertThat(tcp.calls).containsExactly("probe", "sendSyn 2");
    }
  }

  @Test
  void theCapabilityTellsHowManyDestinationsAreConnectedPlainly() throws Exception {
    assertThat(connector.capability()).isEqualTo(ScriptedTcp.CAPABILITY);

    backOff.lost(new InetSocketAddress(OneConnectionServer.loopback(), 1));
    assertThat(connector.capability())
        .isEqualTo(
            FastOpenCapability.available(
                "scripted; plain for now where a SYN was lost: 1 destination"));
    backOff.lost(new InetSocketAddress(OneConnectionServer.loopback(), 2));
    assertThat(connector.capability().detail()).endsWith(": 2 destinations");

    clock.addAndGet(BackOff.FIRST.toNanos());
    assertThat(connector.capability()).isEqualTo(ScriptedTcp.CAPABILITY);
  }

  @Test
  void aRefusedConnectIsFollowedByAPlainOne() throws Exception {
    tcp.nonBlocking = true;
    tcp.syn = ScriptedTcp.taking(0);
    assertThatThrownBy(() -> connect(OneConnectionServer.refusing()))
        .isInstanceOf(ConnectException.class);

    assertThat(backOff.destinations()).isOne();
  }

  @Test
  void aConnectThatSentNoSynChangesNothing() throws Exception {
    assertThatThrownBy(() -> connect(OneConnectionServer.refusing()))
        .isInstanceOf(ConnectException.class);

    assertThat(backOff.destinations()).isZero();
  }

  /** How a blocking connect without an answer ends. */
  enum End {
    TIMEOUT(SocketTimeoutException.class),
    CLOSE(AsynchronousCloseException.class),
    INTERRUPT(ClosedByInterruptException.class);

    private final Class<? extends Exception> thrown;

    End(Class<? extends Exception> thrown) {
      this.thrown = thrown;
    }

    void of(Thread connecting, SocketChannel channel) throws IOException {
      if (this == TIMEOUT) {
        return;
      }
      FullListener.awaitWaiting(channel, connecting);
      if (this == CLOSE) {
        channel.close();
      } else {
        connecting.interrupt();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TIMEOUT, 100, 1",
    "CLOSE, 100, 1",
    "INTERRUPT, 100, 1",
    "TIMEOUT, 99, 0",
    "CLOSE, 99, 0",
    "INTERRUPT, 99, 0"
  })
  void aBlockingConnectWithoutAnAnswerIsFollowedByAPlainOne(End end, int millis, int lost)
      throws Exception {
    tcp.nonBlocking = true;
    tcp.syn = slow(Duration.ofMillis(millis), 0);
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      SocketAddress address = full.address();
      Duration timeout = end == End.TIMEOUT ? Duration.ofMillis(50) : Duration.ZERO;
      CompletableFuture<Throwable> thrown = new CompletableFuture<>();
      Thread connecting =
          new Thread(
              () ->
                  thrown.complete(
                      catchThrowable(
                          () ->
                              connector.connect(
                                  channel, address, OneConnectionServer.buffer(2), timeout))));
      connecting.start();
      end.of(connecting, channel);

      assertThat(thrown.get(20, TimeUnit.SECONDS)).isInstanceOf(end.thrown);
      assertThat(backOff.destinations()).isEqualTo(lost);
    }
  }

  private SocketChannel pending(SocketAddress address, boolean bound) throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    if (bound) {
      channel.bind(new InetSocketAddress(OneConnectionServer.loopback(), 0));
    }
    assertThat(connector.connect(channel, address, OneConnectionServer.buffer(2))).isFalse();
    return channel;
  }

  private void awaitLosses(long count) {
    awaitThat(() -> backOff.destinations() == count);
  }

  private static void awaitThat(BooleanSupplier condition) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void aNonBlockingConnectThatIsNotAnsweredIsNoticed(boolean closed, boolean bound)
      throws Exception {
    tcp.syn = ScriptedTcp.taking(0);
    try (FullListener full = new FullListener();
        FullListener other = new FullListener();
        SocketChannel channel = pending(full.address(), bound);
        SocketChannel second = pending(other.address(), false)) {
      if (closed) {
        channel.close();
      }
      // A channel that was bound and is closed tells nothing. The second is checked later.
      awaitLosses(closed && bound ? 1 : 2);
      assertThat(backOff.remembers((InetSocketAddress) full.address()))
          .isEqualTo(!(closed && bound));
      assertThat(second.isConnectionPending()).isTrue();
    }
  }

  @ParameterizedTest
  @CsvSource({"true", "false"})
  void aNonBlockingConnectThatIsAnsweredForgetsALoss(boolean closed) throws Exception {
    tcp.syn = ScriptedTcp.taking(1);
    try (OneConnectionServer peer = new OneConnectionServer()) {
      InetSocketAddress address = peer.address();
      remember(address);
      try (SocketChannel channel = pending(address, false)) {
        awaitThat(() -> finish(channel));
        if (closed) {
          channel.close();
        }
        awaitThat(() -> !backOff.remembers(address));
      }
    }
  }

  @Test
  void aNonBlockingConnectWhoseUserIsLateIsNotLost() throws Exception {
    tcp.syn = ScriptedTcp.taking(1);
    tcp.answered = true;
    try (OneConnectionServer peer = new OneConnectionServer()) {
      InetSocketAddress address = peer.address();
      remember(address);
      try (SocketChannel channel = pending(address, false)) {
        awaitThat(() -> !backOff.remembers(address));
        assertThat(channel.isConnectionPending()).isTrue();
      }
    }
  }

  @Test
  void ofConnectsToOneDestinationOneASecondIsChecked() throws Exception {
    tcp.syn = ScriptedTcp.taking(0);
    tcp.answered = true;
    try (FullListener full = new FullListener();
        SocketChannel first = pending(full.address(), false);
        SocketChannel second = pending(full.address(), false)) {
      clock.addAndGet(SYN_TIMEOUT.toNanos());
      try (SocketChannel third = pending(full.address(), false)) {
        awaitThat(() -> checks().contains("isAnswered " + fd(third)));
        assertThat(checks()).containsExactly("isAnswered " + fd(first), "isAnswered " + fd(third));
        assertThat(second.isConnectionPending()).isTrue();
      }
    }
  }

  private List<String> checks() {
    return tcp.calls.stream().filter(call -> call.startsWith("isAnswered")).toList();
  }

  private static int fd(SocketChannel channel) {
    return JdkChannels.ACCESS.fd(channel);
  }

  private static boolean finish(SocketChannel channel) {
    try {
      return channel.finishConnect();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
