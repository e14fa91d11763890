package io.tfo.integration.socket;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.integration.faults.NetworkCondition;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.SocketSupport;
import io.tfo.test.StoppedTimer;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.NotYetConnectedException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.stream.Stream;
import javax.net.SocketFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledForJreRange;
import org.junit.jupiter.api.condition.JRE;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.api.parallel.ResourceAccessMode;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sockets over the backends whose system defers no connects: that of this machine's kernel, and
 * those of simulated ones.
 */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
class EmulatedDeferralTest {
  private static final byte[] REQUEST = "GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII);
  private static final byte[] REPLY = "HTTP/1.0 204 Fine\r\n\r\n".getBytes(US_ASCII);

  private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
  private SocketLab hosts;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  static Stream<String> backends() {
    return BackendsUnderTest.ALL.entrySet().stream()
        .filter(
            each ->
                each.getValue().get().connector() instanceof SocketSupport sockets
                    && !sockets.systemDefers())
        .map(each -> each.getKey());
  }

  /** Reads to the end of the client's stream, keeps that, and replies. */
  private void reply(Socket socket) throws Exception {
    received.add(socket.getInputStream().readAllBytes());
    socket.getOutputStream().write(REPLY);
  }

  /** A factory over a backend that remembers no destination. */
  private static FastOpenSocketFactory factory(String backend) {
    return FastOpenSocketFactory.over(BackendsUnderTest.ALL.get(backend).get().connector());
  }

  /** Returns the exception of a socket's second connect after the first one has failed. */
  private static Throwable connectedAgain(
      SocketFactory sockets, InetSocketAddress dead, InetSocketAddress server) throws Exception {
    try (Socket socket = sockets.createSocket()) {
      assertThat(catchThrowable(() -> socket.connect(dead, 300))).isNotNull();
      return catchThrowable(() -> socket.connect(server));
    }
  }

  private static Socket connected(SocketFactory sockets, InetSocketAddress server, int millis)
      throws Exception {
    Socket socket = sockets.createSocket();
    socket.connect(server, millis);
    return socket;
  }

  /** Sends data and reads the reply; returns the SYNs that this caused. */
  private List<Segment> exchange(SocketFactory sockets, InetSocketAddress server, byte[] data)
      throws Exception {
    return hosts.synsOf(() -> exchanged(sockets, server, data));
  }

  /** Sends data and reads the reply, on the client. */
  private Socket exchanged(SocketFactory sockets, InetSocketAddress server, byte[] data)
      throws Exception {
    try (Socket socket = connected(sockets, server, 10_000)) {
      socket.getOutputStream().write(data);
      socket.shutdownOutput();
      assertThat(socket.getInputStream().readAllBytes()).isEqualTo(REPLY);
      assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(data);
      assertThat(received).as("what arrived twice").isEmpty();
      return socket;
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  @ResourceLock(value = StoppedTimer.NAME, mode = ResourceAccessMode.READ)
  void theFirstConnectAsksForACookieAndTheSecondOneCarriesTheFirstWrite(String backend)
      throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    FastOpenSocketFactory sockets = factory(backend);

    AtomicReference<SocketAddress> local = new AtomicReference<>();
    List<Segment> first =
        hosts.synsOf(
            () -> {
              try (Socket socket = connected(sockets, server, 0)) {
                local.set(socket.getLocalSocketAddress());
              }
              return true;
            });
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEmpty();
    List<Segment> second = StoppedTimer.during(() -> exchange(sockets, server, REQUEST));

    assertThat(first).singleElement().satisfies(syn -> assertThat(syn.payload()).isEmpty());
    assertThat(first.get(0).fastOpenCookie()).hasValue(new byte[0]);
    assertThat(first.get(0).source()).isEqualTo(local.get());
    assertThat(second)
        .singleElement()
        .satisfies(syn -> assertThat(syn.payload()).isEqualTo(REQUEST));
    assertThat(hosts.lab().server().counter("TCPFastOpenPassive")).isEqualTo(1);
  }

  static Stream<Arguments> conditions() {
    return backends().flatMap(b -> ConditionEvidence.SEEN.stream().map(c -> Arguments.of(b, c)));
  }

  @ParameterizedTest
  @MethodSource("conditions")
  @ResourceLock(value = StoppedTimer.NAME, mode = ResourceAccessMode.READ)
  void whateverIsWrongAllDataArrivesOnce(String backend, NetworkCondition condition)
      throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    FastOpenSocketFactory sockets = factory(backend);

    ConditionEvidence.check(
        hosts,
        condition,
        () -> exchanged(sockets, server, REQUEST),
        inSyn -> Arrays.equals(inSyn, REQUEST));
    exchange(sockets, server, Arrays.copyOf(REQUEST, 1_000_000));
  }

  @ParameterizedTest
  @MethodSource("backends")
  @ResourceLock(value = StoppedTimer.NAME, mode = ResourceAccessMode.READ)
  void aServerWhoseCookieHasGoneCostsTheSavedRoundTrip(String backend) throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    FastOpenSocketFactory sockets = factory(backend);
    exchange(sockets, server, REQUEST);
    NetworkCondition.NEW_KEY.begin(hosts.lab());

    exchange(sockets, server, REQUEST);
    List<Segment> next = StoppedTimer.during(() -> exchange(sockets, server, REQUEST));

    assertThat(next).singleElement().satisfies(syn -> assertThat(syn.payload()).isNotEmpty());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aKnownServerThatLostASynWithDataIsConnectedToPlainly(String backend) throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    FastOpenSocketFactory sockets = factory(backend);
    exchange(sockets, server, REQUEST);
    NetworkCondition.SYN_DATA_DROPPED.begin(hosts.lab());
    exchange(sockets, server, REQUEST);

    List<List<Segment>> next =
        List.of(exchange(sockets, server, REQUEST), exchange(sockets, server, REQUEST));
    assertThat(next).anySatisfy(ConditionEvidence::assertPlain);
  }

  @ParameterizedTest
  @MethodSource("backends")
  @ResourceLock(value = StoppedTimer.NAME, mode = ResourceAccessMode.READ)
  void aClientThatIsSwitchedOffBeforeTheFirstWriteConnectsPlainly(String backend) throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    FastOpenSocketFactory sockets = factory(backend);
    exchange(sockets, server, REQUEST);

    Callable<byte[]> request =
        () -> {
          try (Socket socket = connected(sockets, server, 5000)) {
            NetworkCondition.OFF_AT_CLIENT.begin(hosts.lab());
            socket.getOutputStream().write(REQUEST);
            socket.shutdownOutput();
            assertThat(socket.getLocalPort()).isPositive();
            return socket.getInputStream().readAllBytes();
          }
        };

    List<Segment> syns = StoppedTimer.during(() -> hosts.synsOf(request));

    ConditionEvidence.assertPlain(syns);
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(REQUEST);
  }

  /** Returns the exceptions of connects to a dead address, by a plain socket and by one of ours. */
  private List<Throwable> failures(SocketFactory sockets, InetSocketAddress dead) throws Exception {
    return hosts.onClient(
        () ->
            Stream.of(SocketFactory.getDefault(), sockets)
                .map(each -> catchThrowable(() -> connected(each, dead, 300)))
                .toList());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aDeadAddressFailsInConnect(String backend) throws Exception {
    FastOpenSocketFactory sockets = factory(backend);
    InetSocketAddress server = hosts.serve(this::reply);
    exchange(sockets, server, REQUEST); // so that the kernel has a cookie of this host
    InetSocketAddress refusing = new InetSocketAddress(server.getAddress(), 1);
    InetSocketAddress unreachable = new InetSocketAddress("192.0.2.1", 443); // no route leads there
    for (InetSocketAddress dead : List.of(refusing, unreachable)) {
      Throwable plain =
          hosts.onClient(() -> connectedAgain(SocketFactory.getDefault(), dead, server));
      assertThat(hosts.onClient(() -> connectedAgain(sockets, dead, server)))
          .hasSameClassAs(plain)
          .hasMessage(plain.getMessage());
    }
    assertThat(failures(sockets, refusing)).hasOnlyElementsOfType(ConnectException.class);

    hosts.lab().wire().fault(Faults.cut());
    InetSocketAddress silent = new InetSocketAddress(server.getAddress(), 2);
    assertThat(failures(sockets, silent))
        .allSatisfy(
            e ->
                assertThat(e)
                    .isExactlyInstanceOf(SocketTimeoutException.class)
                    .hasMessage("Connect timed out"));
  }

  /** The server is known from another local address. */
  @ParameterizedTest
  @MethodSource("backends")
  void aLocalAddressThatDoesNotReachTheServerFailsInConnect(String backend) throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    FastOpenSocketFactory sockets = factory(backend);
    exchange(sockets, server, REQUEST);
    assertFailsAsPlain(
        sockets,
        each -> {
          try (Socket socket = each.createSocket()) {
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            socket.connect(server);
          }
        });
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aLinkLocalAddressIsKnownBehindOneInterfaceOnly(String backend) throws Exception {
    assumeTrue(hosts.lab().server().hasIpv6(), "no IPv6 here");
    ServerSocket listening = hosts.listen(() -> new ServerSocket(0));
    hosts.serve(listening, this::reply);
    Inet6Address address = hosts.lab().server().linkLocalFrom(hosts.lab().client());
    InetSocketAddress server = new InetSocketAddress(address, listening.getLocalPort());
    FastOpenSocketFactory sockets = factory(backend);
    exchange(sockets, server, REQUEST);
    assertFailsAsPlain(
        sockets,
        each -> {
          int loopback = NetworkInterface.getByName("lo").getIndex();
          Inet6Address same = Inet6Address.getByAddress(null, address.getAddress(), loopback);
          connected(each, new InetSocketAddress(same, server.getPort()), 300);
        });
  }

  private interface Connecting {
    void by(SocketFactory sockets) throws Exception;
  }

  private void assertFailsAsPlain(SocketFactory sockets, Connecting connecting) throws Exception {
    assertThat(hosts.onClient(() -> catchThrowable(() -> connecting.by(sockets))))
        .hasSameClassAs(
            hosts.onClient(() -> catchThrowable(() -> connecting.by(SocketFactory.getDefault()))));
  }

  /** Returns the exception of a connect to a silent address that is ended while it waits. */
  private Throwable endOfConnect(SocketFactory sockets, Function<Runnable, Thread> start, End end)
      throws Exception {
    Socket socket =
        hosts.onClient(
            () -> {
              Socket created = sockets.createSocket();
              created.setTcpNoDelay(true); // so that it belongs to this host
              return created;
            });
    InetSocketAddress silent = new InetSocketAddress(hosts.lab().server().ipv4(), 2);
    hosts.lab().wire().forget();
    FutureTask<Throwable> connect =
        new FutureTask<>(() -> catchThrowable(() -> socket.connect(silent)));
    Thread thread = start.apply(connect);
    hosts.lab().wire().await(Segment::isSyn);
    end.of(socket, thread);
    return connect.get(10, TimeUnit.SECONDS);
  }

  /** Ends a connect from outside. */
  private interface End {
    void of(Socket socket, Thread connecting) throws Exception;
  }

  private void assertSameEnd(String backend, Function<Runnable, Thread> start, End end)
      throws Exception {
    hosts.lab().wire().fault(Faults.cut());
    Throwable plain = endOfConnect(SocketFactory.getDefault(), start, end);
    assertThat(endOfConnect(factory(backend), start, end))
        .isExactlyInstanceOf(plain.getClass())
        .hasMessage(plain.getMessage());
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aCloseEndsAConnectAsAPlainOne(String backend) throws Exception {
    assertSameEnd(
        backend,
        connect -> {
          Thread thread = new Thread(connect);
          thread.start();
          return thread;
        },
        (socket, thread) -> socket.close());
  }

  @ParameterizedTest
  @MethodSource("backends")
  @EnabledForJreRange(min = JRE.JAVA_21)
  void anInterruptEndsAVirtualThreadsConnectAsAPlainOne(String backend) throws Exception {
    assertSameEnd(
        backend, EmulatedDeferralTest::startVirtual, (socket, thread) -> thread.interrupt());
  }

  private static Thread startVirtual(Runnable task) {
    try {
      return (Thread)
          Thread.class.getMethod("startVirtualThread", Runnable.class).invoke(null, task);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aKnownServerThatHasGoneFailsTheFirstWriteOnceAndThenConnect(String backend)
      throws Exception {
    ServerSocket listening = hosts.listen();
    hosts.serve(listening, this::reply);
    InetSocketAddress server =
        new InetSocketAddress(hosts.lab().server().ipv4(), listening.getLocalPort());
    FastOpenSocketFactory sockets = factory(backend);
    exchange(sockets, server, REQUEST);
    hosts.stop(listening);

    try (Socket socket = hosts.onClient(() -> connected(sockets, server, 5000))) {
      assertThatThrownBy(() -> socket.getOutputStream().write(REQUEST))
          .isInstanceOf(ConnectException.class);
      assertThat(socket.isClosed()).isTrue();
    }
    assertThat(failures(sockets, server)).hasOnlyElementsOfType(ConnectException.class);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void askingForTheLocalPortSendsTheSynAndDoesNotWait(String backend) throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    FastOpenSocketFactory sockets = factory(backend);
    exchange(sockets, server, REQUEST);
    Duration delay = Duration.ofSeconds(1);
    hosts.lab().wire().delay(delay);
    SocketAddress[] told = new SocketAddress[1];

    List<Segment> syns =
        hosts.synsOf(
            () -> {
              try (Socket socket = connected(sockets, server, 0)) {
                long start = System.nanoTime();
                told[0] = socket.getLocalSocketAddress();
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(delay);
                socket.getOutputStream().write(REQUEST);
                assertThat(socket.getLocalSocketAddress()).isEqualTo(told[0]);
                hosts.lab().wire().delay(Duration.ZERO);
                socket.shutdownOutput();
                return socket.getInputStream().readAllBytes();
              }
            });

    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(REQUEST);
    assertThat(syns.get(0).payload()).isEmpty();
    assertThat(syns.get(0).source()).isEqualTo(told[0]);
  }

  @ParameterizedTest
  @MethodSource("backends")
  void theLocalPortOfAConnectThatWaitsIsThatOfItsSyn(String backend) throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    FastOpenSocketFactory sockets = factory(backend);
    exchange(sockets, server, REQUEST);
    hosts.lab().wire().forget();
    try (Socket socket = hosts.onClient(() -> connected(sockets, server, 0))) {
      int port = socket.getLocalPort();

      Segment syn = hosts.lab().wire().await(Segment::isSyn);
      assertThat(syn.source().getPort()).isEqualTo(port);
    }
  }

  @ParameterizedTest
  @MethodSource("backends")
  @ResourceLock(value = StoppedTimer.NAME, mode = ResourceAccessMode.READ)
  void theOutcomeOfAConnectThatWaitsIsNotKnown(String backend) throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    FastOpenSocketFactory sockets = factory(backend);
    exchange(sockets, server, REQUEST);
    StoppedTimer.during(
        () -> {
          try (Socket socket = hosts.onClient(() -> connected(sockets, server, 0))) {
            assertThatThrownBy(() -> sockets.outcome(socket))
                .isInstanceOf(NotYetConnectedException.class);
            socket.getOutputStream().write(REQUEST);
            assertThat(sockets.outcome(socket)).isNotNull();
          }
          return null;
        });
  }

  @ParameterizedTest
  @MethodSource("backends")
  void aCloseEndsAFirstWriteThatWaitsForTheHandshake(String backend) throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    FastOpenSocketFactory sockets = factory(backend);
    exchange(sockets, server, REQUEST);
    hosts.lab().wire().fault(Faults.cut());
    hosts.lab().wire().forget();
    Socket socket = hosts.onClient(() -> connected(sockets, server, 0));
    OutputStream out = socket.getOutputStream();
    Future<Throwable> write =
        hosts.lab().client().start(() -> catchThrowable(() -> out.write(REQUEST)));
    hosts.lab().wire().await(Segment::isSyn);
    socket.close();
    assertThat(write.get(10, TimeUnit.SECONDS))
        .isInstanceOf(SocketException.class)
        .hasMessage("Socket closed");
  }

  @ParameterizedTest
  @MethodSource("backends")
  @ResourceLock(StoppedTimer.NAME)
  void aServerSeesTheConnectionOfASocketThatIsNotUsed(String backend) throws Exception {
    InetSocketAddress server = hosts.serve(this::reply);
    FastOpenSocketFactory sockets = factory(backend);
    exchange(sockets, server, REQUEST);
    hosts.lab().wire().forget();
    try (Socket socket = hosts.onClient(() -> connected(sockets, server, 0))) {
      assertThat(hosts.lab().wire().await(Segment::isSyn).payload()).isEmpty();
      socket.getOutputStream().write(REQUEST);
      socket.shutdownOutput();
      assertThat(socket.getInputStream().readAllBytes()).isEqualTo(REPLY);
    }
    assertThat(received.poll(10, TimeUnit.SECONDS)).isEqualTo(REQUEST);
  }
}
