package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.backoff.BackOff;
import io.tfo.jdk.JdkChannels;
import io.tfo.lab.FullListener;
import io.tfo.test.Connecting;
import io.tfo.test.OneConnectionServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which connects change the back-off table, and how. */
@Timeout(60)
@SuppressWarnings("try") // a close is part of a test
class SynLossDetectorTest {
  private static final Duration SYN_TIMEOUT = Duration.ofSeconds(1);

  private final AtomicLong clock = new AtomicLong();
  private final BackOff backOff = new BackOff(clock::get, 10);
  private final ScriptedTcp tcp = new ScriptedTcp();
  private final FastOpenConnector connector =
      new ChannelConnector(
          new NativeAccess(null, tcp.backend()), new LearnedDestinations(backOff), "scripted");

  /** Returns a SYN whose handshake takes this time, by the clock of the test. */
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

  /** Makes the back-off remember one loss. */
  private void remember(InetSocketAddress destination) {
    backOff.retransmitted(destination, clock.get(), true);
    clock.addAndGet(SYN_TIMEOUT.toNanos());
    assertThat(backOff.remembers(destination)).isTrue();
  }

  private void beginAWait(InetSocketAddress destination) {
    backOff.retransmitted(destination, clock.get(), true);
    clock.addAndGet(1);
    backOff.retransmitted(destination, clock.get(), true);
    assertThat(backOff.admits(destination, 0)).isFalse();
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

  /** A FreeBSD server acknowledges a SYN's data by its delayed ACK, 20 to 45 ms late. */
  @Test
  void anAnswerThatIsLateByADelayedAckCausesNoSuspicion() throws Exception {
    tcp.outcome = FastOpenOutcome.UNKNOWN;
    tcp.syn = slow(Duration.ofMillis(45), 1);
    try (OneConnectionServer peer = new OneConnectionServer()) {
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
    "SYN_RETRANSMITTED, true, false",
    "COOKIE_REQUESTED, false, false",
    "UNKNOWN, true, true",
    ", true, true",
    "SYN_DATA_ACKED, false, false",
    "SYN_DATA_NOT_ACKED, false, false",
    "NOT_ATTEMPTED, false, false"
  })
  void aConnectThatTookASynTimeoutCountsByItsOutcome(
      @Nullable FastOpenOutcome outcome, boolean isRemembered, boolean isSuspected)
      throws Exception {
    tcp.outcome = outcome;
    tcp.syn = slow(SYN_TIMEOUT, 1);
    try (OneConnectionServer peer = new OneConnectionServer()) {
      assertThat(connect(peer.address())).isTrue();

      assertThat(backOff.remembers(peer.address())).isEqualTo(isRemembered);
      assertThat(backOff.isSuspected(peer.address())).isEqualTo(isSuspected);
      assertThat(tcp.calls).containsExactly("probe", "sendSyn 2", "connectOutcome");
    }
  }

  @Test
  void oneLossIsFollowedByAnotherTrialAndTheSecondByPlainConnectsUntilTheWaitIsOver()
      throws Exception {
    tcp.syn = slow(SYN_TIMEOUT, 1);
    tcp.outcome = FastOpenOutcome.SYN_RETRANSMITTED;
    try (OneConnectionServer peer = new OneConnectionServer()) {
      connect(peer.address());
      connect(peer.address());
      assertThat(sentSyns()).isEqualTo(2);

      assertThat(connect(peer.address())).isTrue();
      try (SocketChannel pending = SocketChannel.open()) {
        pending.configureBlocking(false);
        connector.connect(pending, peer.address(), OneConnectionServer.buffer(2));
      }
      assertThat(sentSyns()).isEqualTo(2);

      clock.addAndGet(BackOff.FIRST.toNanos());
      assertThat(connect(peer.address())).isTrue();
      assertThat(sentSyns()).isEqualTo(3);
    }
  }

  private long sentSyns() {
    return tcp.calls.stream().filter(call -> call.startsWith("sendSyn")).count();
  }

  @ParameterizedTest
  @CsvSource({"1, 0", "1999, 0", "2000, 1", "0, 1"})
  void onlyAConnectThatHasTheTimeTriesAgain(int timeoutMillis, int syns) throws Exception {
    tcp.syn = ScriptedTcp.taking(1);
    try (OneConnectionServer peer = new OneConnectionServer();
        SocketChannel channel = SocketChannel.open()) {
      beginAWait(peer.address());
      clock.addAndGet(BackOff.FIRST.toNanos());
      Duration timeout = Duration.ofMillis(timeoutMillis);
      try {
        connector.connect(channel, peer.address(), OneConnectionServer.buffer(2), timeout);
      } catch (SocketTimeoutException e) {
        assertThat(timeoutMillis).isOne();
      }

      assertThat(sentSyns()).isEqualTo(syns);
    }
  }

  @Test
  void theCapabilityTellsHowManyDestinationsAreConnectedPlainly() throws Exception {
    assertThat(connector.capability()).isEqualTo(ScriptedTcp.CAPABILITY);

    beginAWait(destination(1, 1));
    assertThat(connector.capability())
        .isEqualTo(
            FastOpenCapability.available(
                "scripted; connects to 1 destination are plain for now, because SYNs were lost"));
    beginAWait(destination(1, 2));
    assertThat(connector.capability().detail()).contains("; connects to 2 destinations are plain");
    beginAWait(destination(2, 2));
    assertThat(connector.capability().detail())
        .endsWith("; all connects are plain for now, because SYNs to several hosts were lost");

    clock.addAndGet(BackOff.FIRST.toNanos());
    assertThat(connector.capability()).isEqualTo(ScriptedTcp.CAPABILITY);
  }

  private static InetSocketAddress destination(int host, int port) throws Exception {
    byte[] address = {10, 0, 0, (byte) host};
    return new InetSocketAddress(InetAddress.getByAddress(address), port);
  }

  @Test
  void aRefusalThatAPlainConnectMeetsTooIsNoLoss() throws Exception {
    tcp.nonBlocking = true;
    tcp.syn = ScriptedTcp.taking(0);
    InetSocketAddress closed = OneConnectionServer.refusing();
    for (int syns = 1; syns < 4; syns++) {
      refuse(closed);
      assertThat(backOff.isSuspected(closed)).isTrue();
      assertThat(sentSyns()).isEqualTo(syns);

      refuse(closed);
      assertThat(backOff.remembers(closed)).isFalse();
      assertThat(sentSyns()).as("the next is plain").isEqualTo(syns);
    }
  }

  private void refuse(InetSocketAddress closed) {
    clock.addAndGet(1);
    assertThatThrownBy(() -> connect(closed)).isInstanceOf(ConnectException.class);
  }

  @Test
  void aRefusalThatAPlainConnectDoesNotMeetIsALoss() throws Exception {
    tcp.nonBlocking = true;
    InetSocketAddress closed = OneConnectionServer.refusing();
    tcp.syn =
        (fd, address, addressLength, data, length) -> {
          int size = SocketAddressLayout.LINUX.write(closed, true, address);
          return ScriptedTcp.taking(0).send(fd, address, size, data, length);
        };
    try (OneConnectionServer peer = new OneConnectionServer()) {
      for (int i = 0; i < 2; i++) {
        refuse(peer.address());
        clock.addAndGet(1);
        assertThat(connect(peer.address())).as("plainly").isTrue();
      }
      assertThat(backOff.destinations()).isOne();
    }
  }

  @Test
  void aFailureThatTheSystemNamesIsThrownByThatName() throws Exception {
    tcp.nonBlocking = true;
    tcp.syn = ScriptedTcp.taking(0);
    tcp.connectFailure = failure -> new ConnectException("named");

    assertThatThrownBy(() -> connect(OneConnectionServer.refusing()))
        .isExactlyInstanceOf(ConnectException.class)
        .hasMessage("named");
  }

  @Test
  void aConnectThatSentNoSynChangesNothing() throws Exception {
    assertThatThrownBy(() -> connect(OneConnectionServer.refusing()))
        .isInstanceOf(ConnectException.class);

    assertThat(backOff.size()).isZero();
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
      Connecting.awaitWaiting(channel, connecting);
      if (this == CLOSE) {
        channel.close();
      } else {
        connecting.interrupt();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TIMEOUT, 10, true",
    "CLOSE, 10, true",
    "INTERRUPT, 10, true",
    "TIMEOUT, 9, false",
    "CLOSE, 9, false",
    "INTERRUPT, 9, false"
  })
  void aBlockingConnectWithoutAnAnswerIsFollowedByAPlainOne(
      End end, int millis, boolean isSuspected) throws Exception {
    tcp.nonBlocking = true;
    tcp.syn = slow(Duration.ofMillis(millis), 0);
    try (FullListener full = new FullListener();
        SocketChannel channel = SocketChannel.open()) {
      InetSocketAddress address = full.address();
      // Long enough for a JVM that has not loaded the classes so far, on a busy machine.
      Duration timeout = end == End.TIMEOUT ? Duration.ofSeconds(3) : Duration.ZERO;
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
      assertThat(backOff.isSuspected(address)).isEqualTo(isSuspected);
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

  private static void awaitThat(BooleanSupplier condition) {
    long deadline = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  /** The program gives up after 50 ms, say. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aNonBlockingConnectThatIsClosedUnansweredIsFollowedByAPlainOne(boolean bound)
      throws Exception {
    tcp.syn = ScriptedTcp.taking(0);
    try (FullListener full = new FullListener()) {
      for (int i = 1; i < 3; i++) {
        pending(full.address(), bound).close();
        clock.addAndGet(Duration.ofMillis(50).toNanos());
        try (SocketChannel next = SocketChannel.open()) {
          next.configureBlocking(false);
          connector.connect(next, full.address(), OneConnectionServer.buffer(2));
          assertThat(sentSyns()).as("the next is plain").isEqualTo(i);
        }
        clock.addAndGet(Duration.ofMillis(50).toNanos());
        // The plain one was given up, too: TCP Fast Open is not to blame.
      }
    }
  }

  @Test
  void aNonBlockingConnectThatIsClosedUnansweredIsNoticedWithoutAnotherConnect() throws Exception {
    tcp.syn = ScriptedTcp.taking(0);
    try (FullListener full = new FullListener()) {
      InetSocketAddress address = full.address();
      pending(address, false).close();
      clock.addAndGet(Duration.ofMillis(50).toNanos());

      awaitThat(() -> backOff.isSuspected(address));
    }
  }

  /**
   * If a later connect took over the decision, the next one would take it over again before any
   * ended.
   */
  @Test
  void theFirstOfOverlappingConnectsDecidesAboutALoss() throws Exception {
    tcp.syn = ScriptedTcp.taking(0);
    try (FullListener full = new FullListener()) {
      InetSocketAddress address = full.address();
      remember(address);
      try (SocketChannel first = pending(address, false);
          SocketChannel second = pending(address, false)) {
        first.close();
        clock.addAndGet(Duration.ofMillis(50).toNanos());

        awaitThat(() -> backOff.isSuspected(address));
        assertThat(second.isOpen()).isTrue();
      }
    }
  }

  /** A connect that hangs, or that began before the loss, must not hold up the decision. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aConnectThatCannotDecideGivesWay(boolean hangs) throws Exception {
    tcp.syn = ScriptedTcp.taking(0);
    try (FullListener full = new FullListener()) {
      InetSocketAddress address = full.address();
      if (hangs) {
        remember(address);
      }
      try (SocketChannel first = pending(address, false)) {
        if (hangs) {
          clock.addAndGet(Duration.ofSeconds(2).toNanos());
        } else {
          remember(address);
        }
        pending(address, false).close();
        clock.addAndGet(Duration.ofMillis(50).toNanos());

        awaitThat(() -> backOff.isSuspected(address));
        assertThat(first.isConnectionPending()).isTrue();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void aNonBlockingConnectThatIsAnsweredForgetsALoss(boolean closed, boolean bound)
      throws Exception {
    tcp.syn = ScriptedTcp.taking(1);
    try (OneConnectionServer peer = new OneConnectionServer()) {
      InetSocketAddress address = peer.address();
      remember(address);
      try (SocketChannel channel = pending(address, bound)) {
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

  /** A SYN-ACK was lost: the kernel knows that the data arrived. */
  @ParameterizedTest
  @CsvSource({"SYN_DATA_ACKED, false", "SYN_RETRANSMITTED, true"})
  void aNonBlockingConnectThatIsAnsweredLateCountsByItsOutcome(
      FastOpenOutcome outcome, boolean isRemembered) throws Exception {
    tcp.syn = ScriptedTcp.taking(1);
    tcp.outcome = outcome;
    try (OneConnectionServer peer = new OneConnectionServer()) {
      InetSocketAddress address = peer.address();
      try (SocketChannel channel = pending(address, false);
          SocketChannel next = SocketChannel.open()) {
        clock.addAndGet(SYN_TIMEOUT.toNanos());
        next.configureBlocking(false);
        connector.connect(next, address, OneConnectionServer.buffer(2));
        assertThat(sentSyns()).as("nothing is known yet").isEqualTo(2);

        awaitThat(() -> finish(channel));
        awaitThat(() -> tcp.calls.contains("connectOutcome"));
        awaitThat(() -> backOff.remembers(address) == isRemembered);
      }
    }
  }

  /** A close with {@code SO_LINGER} may hold a channel's lock for long. */
  @Test
  void noConnectWaitsForAnotherChannelsLock() throws Exception {
    tcp.syn = ScriptedTcp.taking(0);
    try (FullListener full = new FullListener();
        FullListener other = new FullListener();
        SocketChannel held = pending(full.address(), false)) {
      InetSocketAddress address = other.address();
      synchronized (JdkChannels.ACCESS.stateLock(held)) {
        CompletableFuture<Void> connected =
            CompletableFuture.runAsync(
                () -> {
                  try {
                    pending(full.address(), false).close();
                    pending(other.address(), false).close();
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                  clock.addAndGet(Duration.ofMillis(50).toNanos());
                });
        connected.get(20, TimeUnit.SECONDS);
        awaitThat(() -> backOff.isSuspected(address));
      }
    }
  }

  private static boolean finish(SocketChannel channel) {
    try {
      return channel.finishConnect();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
