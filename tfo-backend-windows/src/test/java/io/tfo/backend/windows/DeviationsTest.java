package io.tfo.backend.windows;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.ClockedBackend;
import io.tfo.testkit.CapturingServer;
import io.tfo.testkit.Descriptors;
import io.tfo.testkit.TestData;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The backend on a Windows that differs from an ordinary one. */
@EnabledOnOs(OS.LINUX)
class DeviationsTest {
  private static final Duration LATE = Duration.ofMillis(400);

  private CapturingServer server;
  private SimulatedWindows windows;

  @BeforeEach
  void listen() throws Exception {
    server = CapturingServer.plain();
  }

  @AfterEach
  void windowsGotAllItsMemoryBackUnspoilt() throws Exception {
    server.close();
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(
            () -> assertThat(windows.winsock().completed()).isEqualTo(windows.winsock().begun()));
    assertThat(windows.winsock().violations().list()).isEmpty();
  }

  private void windows(Deviation deviation) {
    windows = SimulatedWindows.with(deviation);
  }

  private FastOpenOutcome exchange(int length) throws Exception {
    FastOpenOutcome outcome;
    try (SocketChannel channel =
        windows
            .backend()
            .connector()
            .open(server.address(), ByteBuffer.wrap(TestData.bytes(length)))) {
      outcome = windows.backend().connector().outcome(channel);
    }
    assertThat(server.next().bytes()).isEqualTo(TestData.bytes(length));
    return outcome;
  }

  @Test
  void connectsPlainlyWhereWindowsDoesNotKnowTheOption() throws Exception {
    windows(Deviation.NONE.withOptionError(10042));

    FastOpenCapability capability = windows.backend().connector().capability();
    assertThat(capability.status()).isEqualTo(Status.UNSUPPORTED);
    assertThat(capability.detail())
        .isEqualTo(
            "setsockopt TCP_FASTOPEN: WSAENOPROTOOPT (10042): Windows 10 1607 or later is needed,"
                + " this is Windows (simulated)");
    assertThat(windows.backend().listener().capability()).isEqualTo(capability);
    assertThat(exchange(100)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
    assertThat(windows.winsock().begun()).isZero();
  }

  @ParameterizedTest
  @ValueSource(ints = {10045, 10022, 10013})
  void connectsPlainlyWhereTheOptionIsRefused(int error) throws Exception {
    windows(Deviation.NONE.withOptionError(error));

    FastOpenCapability capability = windows.backend().connector().capability();
    assertThat(capability.status()).isEqualTo(Status.DISABLED);
    assertThat(capability.detail()).startsWith("setsockopt TCP_FASTOPEN: WSA").contains("" + error);
    assertThat(capability.remedy()).hasValue("netsh int tcp set global fastopen=enabled");
    assertThat(exchange(100)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
    assertThat(windows.winsock().begun()).isZero();
  }

  @Test
  void connectsPlainlyWhereThereIsNoConnectEx() throws Exception {
    windows(Deviation.NONE.withLookupError(10045));

    assertThat(windows.backend().connector().capability())
        .isEqualTo(
            FastOpenCapability.unsupported("WSAIoctl WSAID_CONNECTEX: WSAEOPNOTSUPP (10045)"));
    assertThat(exchange(100)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
    assertThat(windows.winsock().begun()).isZero();
  }

  @Test
  void connectsPlainlyWhereConnectExRefusesAtOnce() throws Exception {
    windows(Deviation.NONE.withRefusal(10055));

    assertThat(exchange(100)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
    assertThat(exchange(100)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
  }

  @Test
  void givesConnectExOneSegmentAndAPortThatOthersMayShare() throws Exception {
    windows(Deviation.NONE);
    for (int i = 0; i < 10; i++) {
      exchange(100_000);
    }
    assertThat(windows.winsock().mostGiven()).isEqualTo(1460);
    assertThat(windows.winsock().sharedPorts()).isEqualTo(10);
    assertThat(windows.winsock().failFast()).isEqualTo(10);
    assertThat(windows.winsock().overlappeds()).isLessThan(5);
  }

  /**
   * On such a Windows, two seconds passed before a refusal was reported. The JDK asks for one
   * repetition, too.
   */
  @Test
  void failsFastOnLoopbackAlsoWhereOneRepetitionIsTheLeast() throws Exception {
    windows(Deviation.NONE.olderThan1709());

    exchange(100);

    assertThat(windows.winsock().failFast()).isOne();
  }

  @Test
  void askingForTheCapabilityLeavesNoSocketBehind() throws Exception {
    windows(Deviation.NONE);
    windows.backend().connector().capability();
    Descriptors.expectNoneLeft(
        "50 questions for the capability",
        () -> {
          for (int i = 0; i < 50; i++) {
            windows.backend().connector().capability();
          }
        });
  }

  @Test
  void takesACompletionThatComesBeforeConnectExReturns() throws Exception {
    windows(Deviation.NONE.withImmediateCompletion());

    for (int i = 0; i < 50; i++) {
      assertThat(exchange(i * 100)).isEqualTo(FastOpenOutcome.UNKNOWN);
    }
    assertThat(windows.winsock().updated()).isEqualTo(50);
  }

  @Test
  void waitsInJavaForACompletionThatComesLate() throws Exception {
    windows(Deviation.NONE.withLateCompletion(LATE));
    FutureTask<FastOpenOutcome> connect = new FutureTask<>(() -> exchange(5000));
    Thread thread = new Thread(connect);
    thread.start();

    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(() -> thread.getState() == Thread.State.TIMED_WAITING);
    assertThat(thread.getStackTrace())
        .anySatisfy(frame -> assertThat(frame.getClassName()).contains("CountDownLatch"));
    assertThat(connect.get(10, TimeUnit.SECONDS)).isEqualTo(FastOpenOutcome.UNKNOWN);
  }

  @Test
  void writesWhatConnectExHasNotSent() throws Exception {
    windows(Deviation.NONE.withMostSent(7));

    exchange(100);
    exchange(100_000);
    exchange(7);
    exchange(0);
    assertThat(windows.winsock().updated()).isEqualTo(4);
  }

  static Stream<Arguments> errors() {
    return Stream.of(
        Arguments.of(10061, ConnectException.class, "ConnectEx: WSAECONNREFUSED (10061)"),
        Arguments.of(10060, ConnectException.class, "ConnectEx: WSAETIMEDOUT (10060)"),
        Arguments.of(10065, NoRouteToHostException.class, "ConnectEx: WSAEHOSTUNREACH (10065)"),
        Arguments.of(10051, SocketException.class, "ConnectEx: WSAENETUNREACH (10051)"),
        Arguments.of(10049, BindException.class, "ConnectEx: WSAEADDRNOTAVAIL (10049)"),
        Arguments.of(10048, BindException.class, "ConnectEx: WSAEADDRINUSE (10048)"),
        Arguments.of(10013, SocketException.class, "ConnectEx: WSAEACCES (10013)"),
        Arguments.of(10054, SocketException.class, "ConnectEx: WSAECONNRESET (10054)"),
        Arguments.of(10055, SocketException.class, "ConnectEx: WSAENOBUFS (10055)"),
        Arguments.of(12345, SocketException.class, "ConnectEx: error 12345"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void throwsWhatTheJdkThrowsWhereTheCompletionIsAnError(
      int error, Class<? extends Exception> thrown, String message) throws Exception {
    windows(Deviation.NONE.withError(error));
    ByteBuffer data = ByteBuffer.wrap(TestData.bytes(50)).position(3);
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(
              () -> windows.backend().connector().connect(channel, server.address(), data))
          .isExactlyInstanceOf(thrown)
          .hasMessage(message);
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isEqualTo(3);
    }
  }

  @Test
  void throwsWhereTheConnectedSocketCannotBeMadeAnOrdinaryOne() throws Exception {
    windows(Deviation.NONE.withContextError(10057));
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(
              () ->
                  windows
                      .backend()
                      .connector()
                      .connect(channel, server.address(), ByteBuffer.wrap(TestData.bytes(50))))
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("setsockopt SO_UPDATE_CONNECT_CONTEXT: WSAENOTCONN (10057)");
      assertThat(channel.isOpen()).isFalse();
    }
    assertThat(windows.winsock().updated()).isZero();
  }

  @Test
  void anInterruptEndsTheWaitEvenWhereTheCancelLosesTheRace() throws Exception {
    windows(Deviation.NONE.withLateCompletion(LATE).withCancelThatLoses());
    endsBy(ClosedByInterruptException.class, (thread, channel) -> thread.interrupt());
  }

  @Test
  void anInterruptCancelsTheOperation() throws Exception {
    windows(Deviation.NONE.withLateCompletion(Duration.ofMinutes(1)));
    endsBy(ClosedByInterruptException.class, (thread, channel) -> thread.interrupt());
    assertThat(windows.winsock().cancelled()).isEqualTo(1);
  }

  @Test
  void anOperationThatWasGivenUpIsUsedAgainOnceWindowsHasCompletedIt() throws Exception {
    windows(Deviation.NONE.withLateCompletion(Duration.ofMinutes(1)));
    for (int i = 1; i <= 10; i++) {
      int done = i;
      endsBy(ClosedByInterruptException.class, (thread, channel) -> thread.interrupt());
      Awaitility.await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> windows.winsock().completed() == done);
    }
    assertThat(windows.winsock().overlappeds()).isLessThan(5);
  }

  @Test
  void aCloseByAnotherThreadEndsTheWait() throws Exception {
    windows(Deviation.NONE.withLateCompletion(Duration.ofMinutes(1)));
    endsBy(AsynchronousCloseException.class, (thread, channel) -> channel.close());
  }

  @Test
  void aTimeoutEndsTheWait() throws Exception {
    windows(Deviation.NONE.withLateCompletion(Duration.ofMinutes(1)));
    try (SocketChannel channel = SocketChannel.open()) {
      assertThatThrownBy(
              () ->
                  windows
                      .backend()
                      .connector()
                      .connect(
                          channel,
                          server.address(),
                          ByteBuffer.wrap(TestData.bytes(10)),
                          Duration.ofMillis(50)))
          .isExactlyInstanceOf(SocketTimeoutException.class);
      assertThat(channel.isOpen()).isFalse();
    }
  }

  private interface End {
    void end(Thread connecting, SocketChannel channel) throws Exception;
  }

  /**
   * Ends a connect from another thread, and expects the exception. The operation keeps its memory
   * until it completes.
   */
  private void endsBy(Class<? extends Exception> thrown, End end) throws Exception {
    // A back-off of its own: earlier connects to that server ended in the same way.
    FastOpenConnector connector = new ClockedBackend(windows.backend()).connector();
    try (SocketChannel channel = SocketChannel.open()) {
      FutureTask<Void> connect =
          new FutureTask<>(
              () -> {
                assertThatThrownBy(
                        () ->
                            connector.connect(
                                channel, server.address(), ByteBuffer.wrap(TestData.bytes(10))))
                    .isExactlyInstanceOf(thrown);
                return null;
              });
      Thread thread = new Thread(connect);
      thread.start();
      Awaitility.await().atMost(Duration.ofSeconds(30)).until(channel::isConnectionPending);
      end.end(thread, channel);
      connect.get(10, TimeUnit.SECONDS);
      assertThat(channel.isOpen()).isFalse();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INET", "INET6"})
  void bindsSocketsOfEitherFamilyForConnectEx(StandardProtocolFamily family) throws Exception {
    windows(Deviation.NONE);
    try (SocketChannel channel = SocketChannel.open(family)) {
      windows
          .backend()
          .connector()
          .connect(channel, server.address(), ByteBuffer.wrap(TestData.bytes(9)));
    }
    assertThat(server.next().bytes()).isEqualTo(TestData.bytes(9));
    assertThat(windows.winsock().begun()).isEqualTo(1);
  }

  @Test
  void theOutcomeTellsWhetherTcpFastOpenWasTried() throws Exception {
    windows(Deviation.NONE);
    assertThat(exchange(10)).isEqualTo(FastOpenOutcome.UNKNOWN);
    try (SocketChannel plain = SocketChannel.open(server.address())) {
      assertThat(windows.backend().connector().outcome(plain))
          .isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
      assertThat(windows.backend().listener().outcome(plain)).isEqualTo(FastOpenOutcome.UNKNOWN);
    }
  }

  @Test
  void aConnectThatConnectExRefusesAtOnceIsTheJdks() throws Exception {
    windows(Deviation.NONE);
    InetSocketAddress broadcast =
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {-1, -1, -1, -1}), 9);
    try (SocketChannel jdk = SocketChannel.open();
        SocketChannel ours = SocketChannel.open()) {
      Throwable expected = catchThrowable(() -> jdk.connect(broadcast));
      assertThatThrownBy(
              () -> windows.backend().connector().connect(ours, broadcast, ByteBuffer.allocate(3)))
          .hasToString(expected.toString());
    }
    assertThat(windows.winsock().begun()).isZero();
  }

  @Test
  void aListenerThatCannotBeBoundIsSwitchedOffAgain() throws Exception {
    windows(Deviation.NONE);
    assertThat(windows.backend().listener().capability().status()).isEqualTo(Status.AVAILABLE);
    long before = windows.winsock().fastOpenListeners();
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      assertThatThrownBy(() -> windows.backend().listener().bind(channel, server.address(), 5, 5))
          .isInstanceOf(BindException.class);
      assertThat(windows.winsock().fastOpenListeners()).isEqualTo(before);

      windows.backend().listener().bind(channel, null, 5, 5);
      assertThat(windows.winsock().fastOpenListeners()).isEqualTo(before + 1);

      assertThatThrownBy(() -> windows.backend().listener().bind(channel, null, 5, 5))
          .isInstanceOf(AlreadyBoundException.class);
      assertThat(windows.winsock().fastOpenListeners()).isEqualTo(before + 1);
    }
  }
}
