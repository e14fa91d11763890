package io.tfo.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.integration.docs.DropInSnippets;
import io.tfo.integration.socket.SocketLab;
import io.tfo.integration.socket.TestKeys;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.test.StoppedTimer;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A host with an IPv6 and an IPv4 address, connected to by its name, in the lab. The threads that
 * join the race are threads of the client's host.
 */
@Timeout(60)
class RacingOnTheWireTest {
  private static final String NAME = "two.test";
  private static final byte DATA = 42;

  private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();
  private SocketLab hosts;
  private ServerSocket listening;

  @BeforeEach
  void open() throws Exception {
    hosts = SocketLab.open();
    assumeTrue(hosts.lab().server().hasIpv6(), "no IPv6 here");
    listening = hosts.listen();
  }

  @AfterEach
  void close() throws Exception {
    if (hosts != null) {
      hosts.close();
    }
  }

  private InetAddress[] resolve(String host) throws UnknownHostException {
    return new InetAddress[] {
      InetAddress.getByAddress(host, hosts.lab().server().ipv6().getAddress()),
      InetAddress.getByAddress(host, hosts.lab().server().ipv4().getAddress())
    };
  }

  private FastOpenSocketFactory racing() {
    return DropInSnippets.racing()
        .racing(
            new Racing(
                this::resolve,
                // Not the library's, which stands still.
                (task, delay) ->
                    CompletableFuture.delayedExecutor(delay.toMillis(), TimeUnit.MILLISECONDS)
                        .execute(task),
                task -> hosts.lab().client().threads().newThread(task).start()));
  }

  private void serveData() {
    hosts.serve(listening, socket -> received.add(socket.getInputStream().readAllBytes()));
  }

  /**
   * Connects, sends the data, and returns the address that was connected to. The timer stands still
   * meanwhile: the SYN waits for the data, however long a busy machine takes.
   */
  private InetAddress send(SocketFactory factory) throws Exception {
    return StoppedTimer.during(
        () ->
            hosts.onClient(
                () -> {
                  try (Socket socket = factory.createSocket(NAME, listening.getLocalPort())) {
                    socket.getOutputStream().write(DATA);
                    return socket.getInetAddress();
                  }
                }));
  }

  private static boolean isIpv6(Segment segment) {
    return segment.destination().getAddress() instanceof Inet6Address;
  }

  private static boolean isOfTheClient(Segment segment) {
    return segment.direction() == Segment.Direction.TO_SERVER;
  }

  /** Whether the segment ends a connection. The kernel resets one that was closed while pending. */
  private static boolean ends(Segment segment) {
    return segment.has(Segment.Flag.FIN) || segment.has(Segment.Flag.RST);
  }

  @Test
  void aFirstAddressThatRefusesCostsNothing() throws Exception {
    serveData(); // on the IPv4 address
    assertThat(send(racing())).isInstanceOf(Inet4Address.class);
    assertThat(received.poll(10, TimeUnit.SECONDS)).containsExactly(DATA);

    hosts.lab().wire().forget();
    assertThat(send(racing())).isInstanceOf(Inet4Address.class);

    assertThat(received.poll(10, TimeUnit.SECONDS)).containsExactly(DATA);
    assertThat(received).isEmpty();
    List<Segment> syns = hosts.lab().wire().syns();
    assertThat(syns).hasSize(2).first().matches(RacingOnTheWireTest::isIpv6);
    assertThat(syns.get(1).payload()).containsExactly(DATA);
  }

  @Test
  void aFirstAddressThatIsSilentCostsAQuarterOfASecond() throws Exception {
    serveData();
    hosts.lab().wire().fault(Faults.drop(RacingOnTheWireTest::isIpv6));
    assertThat(send(racing())).isInstanceOf(Inet4Address.class);
    assertThat(received.poll(10, TimeUnit.SECONDS)).containsExactly(DATA);

    hosts.lab().wire().forget();
    long start = System.nanoTime();
    assertThat(send(racing())).isInstanceOf(Inet4Address.class);
    Duration took = Duration.ofNanos(System.nanoTime() - start);

    assertThat(took).isBetween(Duration.ofMillis(249), Duration.ofSeconds(10));
    assertThat(received.poll(10, TimeUnit.SECONDS)).containsExactly(DATA);
    assertThat(received).isEmpty();
    List<byte[]> inSyns =
        hosts.lab().wire().syns().stream()
            .filter(syn -> !isIpv6(syn))
            .map(Segment::payload)
            .toList();
    assertThat(inSyns).containsExactly(new byte[] {DATA});
  }

  /** It answers after the second has won: the server may see a connection without data. */
  @Test
  void aFirstAddressThatIsSlowIsClosed() throws Exception {
    listening = hosts.listen(() -> FastOpenServerSocketFactory.system().createServerSocket(0));
    serveData();
    hosts.lab().wire().fault(Faults.delay(RacingOnTheWireTest::isIpv6, 1, Duration.ofMillis(600)));

    assertThat(send(racing())).isInstanceOf(Inet4Address.class);

    assertThat(received.poll(10, TimeUnit.SECONDS)).containsExactly(DATA);
    hosts.lab().wire().await(segment -> isIpv6(segment) && isOfTheClient(segment) && ends(segment));
    assertThat(hosts.lab().wire().segments())
        .filteredOn(RacingOnTheWireTest::isIpv6)
        .allSatisfy(segment -> assertThat(segment.payload()).isEmpty());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aFirstAddressThatAnswersIsTheOnlyOne(boolean known) throws Exception {
    listening = hosts.listen(() -> FastOpenServerSocketFactory.system().createServerSocket(0));
    serveData();
    if (known) {
      send(racing());
      assertThat(received.poll(10, TimeUnit.SECONDS)).containsExactly(DATA);
    }
    hosts.lab().wire().forget();
    assertThat(send(racing())).isInstanceOf(Inet6Address.class);
    assertThat(received.poll(10, TimeUnit.SECONDS)).containsExactly(DATA);
    assertThat(hosts.lab().wire().syns())
        .singleElement()
        .matches(RacingOnTheWireTest::isIpv6)
        .satisfies(syn -> assertThat(syn.payload()).hasSize(known ? 1 : 0));
  }

  @Test
  void aRaceOfTlsSocketsSendsOneClientHello() throws Exception {
    SSLContext context = TestKeys.of(hosts.lab().server().ipv4()).sslContext();
    hosts.serve(
        listening,
        accepted -> {
          SSLSocket tls = TestKeys.serverSide(context.getSocketFactory(), accepted);
          received.add(new byte[] {(byte) tls.getInputStream().read()});
        });
    hosts.lab().wire().fault(Faults.drop(RacingOnTheWireTest::isIpv6));
    SocketFactory tls = FastOpenSslSocketFactory.over(context.getSocketFactory(), racing());
    for (int i = 0; i < 2; i++) {
      hosts.lab().wire().forget();
      assertThat(send(tls)).isInstanceOf(Inet4Address.class);
      assertThat(received.poll(10, TimeUnit.SECONDS)).containsExactly(DATA);
    }
    assertThat(hosts.lab().wire().syns().stream().filter(syn -> !isIpv6(syn)).toList())
        .singleElement()
        .satisfies(syn -> assertThat(TestKeys.isClientHello(syn.payload())).isTrue());
  }
}
