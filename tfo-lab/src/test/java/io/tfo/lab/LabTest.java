package io.tfo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.lab.LabAvailability.Kind;
import io.tfo.lab.Segment.Fate;
import io.tfo.lab.Segment.Flag;
import io.tfo.lab.test.Labs;
import java.io.IOException;
import java.net.ConnectException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class LabTest {
  private static final Duration SOON = Duration.ofSeconds(30);

  @Test
  void opensALabOfTheKindThatItReports() throws Exception {
    LabAvailability reported = Lab.availability();
    assertThat(reported.remedy().isPresent() && reported.kind() == Kind.TWO_HOSTS).isFalse();
    if (reported.kind() == Kind.NONE) {
      assertThatThrownBy(Lab::open).isInstanceOf(IOException.class);
      return;
    }
    try (Lab lab = Lab.open()) {
      assertThat(lab.kind()).as("%s", reported).isEqualTo(reported.kind());
    }
  }

  @Test
  void echoesAtTheDelayOfTheWireOverIpv4() throws Exception {
    checkEcho(lab -> lab.server().ipv4());
  }

  @Test
  void echoesAtTheDelayOfTheWireOverIpv6() throws Exception {
    checkEcho(lab -> lab.server().ipv6());
  }

  @Test
  void echoesAtTheDelayOfTheWireOverLinkLocalAddresses() throws Exception {
    checkEcho(lab -> lab.server().linkLocalFrom(lab.client()));
  }

  private static void checkEcho(Function<Lab, InetAddress> address) throws Exception {
    try (Lab lab = Labs.twoHosts();
        LabEchoServer server = new LabEchoServer(lab);
        SocketChannel channel = lab.client().call(SocketChannel::open)) {
      InetSocketAddress remote = server.at(address.apply(lab));
      boolean ipv6 = remote.getAddress() instanceof Inet6Address;
      assumeTrue(!ipv6 || lab.server().hasIpv6(), "no IPv6 here");
      lab.wire().delay(Duration.ofMillis(25));
      long start = System.nanoTime();
      channel.connect(remote);
      long connected = System.nanoTime();
      assertThat(echo(channel, 5)).isEqualTo(5);
      long replied = System.nanoTime();
      assertThat(Duration.ofNanos(connected - start)).isGreaterThanOrEqualTo(millis(50));
      assertThat(Duration.ofNanos(replied - start)).isGreaterThanOrEqualTo(millis(100));
      List<Segment> segments = lab.wire().segments();
      assertThat(segments.get(0).isSyn()).isTrue();
      assertThat(segments.get(0).destination().getPort()).isEqualTo(remote.getPort());
      assertThat(segments.get(1).isSynAck()).isTrue();
      assertThat(segments.get(2).flags()).containsExactly(Flag.ACK);
      assertThat(segments).extracting(Segment::fate).containsOnly(Fate.DELIVERED);
      assertThat(segments).allMatch(Segment::checksumIsRight);
    }
  }

  /** A busy machine runs the wire late now and then, but not each time. */
  @Test
  void keepsTheDelayToAFractionOfAMillisecond() throws Exception {
    try (Lab lab = Labs.twoHosts();
        LabEchoServer server = new LabEchoServer(lab);
        SocketChannel channel = lab.client().call(SocketChannel::open)) {
      channel.connect(server.address());
      lab.wire().delay(Duration.ofMillis(25));
      List<Duration> roundTrips = new ArrayList<>();
      long deadline = System.nanoTime() + SOON.toNanos();
      do {
        long start = System.nanoTime();
        echo(channel, 1);
        roundTrips.add(Duration.ofNanos(System.nanoTime() - start));
      } while (roundTrips.size() < 5
          || Collections.min(roundTrips).compareTo(millis(52)) > 0 && System.nanoTime() < deadline);
      assertThat(Collections.min(roundTrips))
          .as("%s", roundTrips)
          .isBetween(millis(50), millis(52));
    }
  }

  @Test
  void keepsPacketsInOrderWhereItIsLate() throws Exception {
    int count = 200;
    try (Lab lab = Labs.twoHosts();
        DatagramSocket server = lab.server().call(LabTest::datagrams);
        DatagramSocket client = lab.client().call(LabTest::datagrams);
        SocketChannel late = lab.client().call(SocketChannel::open)) {
      InetSocketAddress remote = new InetSocketAddress(lab.server().ipv4(), server.getLocalPort());
      lab.wire().delay(Duration.ofMillis(10));
      lab.wire()
          .fault(
              segment -> {
                LockSupport.parkNanos(millis(20).toNanos());
                return Verdict.pass(segment);
              });
      late.configureBlocking(false);
      late.connect(remote);
      for (int i = 0; i < count; i++) {
        client.send(new DatagramPacket(new byte[] {(byte) i}, 1, remote));
        LockSupport.parkNanos(100_000);
      }
      List<Integer> received = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        DatagramPacket packet = new DatagramPacket(new byte[1], 1);
        server.receive(packet);
        received.add(Byte.toUnsignedInt(packet.getData()[0]));
      }
      assertThat(received).isSorted();
    }
  }

  private static DatagramSocket datagrams() throws IOException {
    DatagramSocket socket = new DatagramSocket(new InetSocketAddress("0.0.0.0", 0));
    socket.setSoTimeout((int) SOON.toMillis());
    return socket;
  }

  @Test
  void carriesMegabytesUnharmed() throws Exception {
    try (Lab lab = Labs.twoHosts();
        LabEchoServer server = new LabEchoServer(lab)) {
      Transfer.check(lab, server, 8 << 20);
      assertThat(lab.wire().segments()).allMatch(segment -> segment.payloadLength() <= 1460);
    }
  }

  @Test
  void givesEachHostItsOwnSettingsAndCounters() throws Exception {
    try (Lab lab = Labs.twoHosts()) {
      assertThat(lab.client().sysctl("net.ipv4.tcp_fastopen")).isEqualTo("3");
      lab.client().sysctl("net.ipv4.tcp_fastopen", "1025");
      assertThat(lab.client().sysctl("net.ipv4.tcp_fastopen")).isEqualTo("1025");
      assertThat(lab.server().sysctl("net.ipv4.tcp_fastopen")).isEqualTo("3");
      assertThat(lab.client().counter("TCPFastOpenActive")).isZero();
      assertThatThrownBy(() -> lab.client().counter("Nonsense"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("Nonsense");
      assertThatThrownBy(() -> lab.client().sysctl("kernel.hostname"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("kernel.hostname");
    }
  }

  @Test
  void showsTheMtuInTheSyn() throws Exception {
    try (Lab lab = Labs.twoHosts();
        LabEchoServer server = new LabEchoServer(lab)) {
      lab.client().mtu(1300);
      Transfer.check(lab, server, 1 << 16);
      assertThat(lab.wire().syns().get(0)).asString().contains("mss 1260");
      assertThatThrownBy(() -> lab.client().mtu(9001)).hasMessageContaining("9001");
    }
  }

  @Test
  void rethrowsWhatATaskThrows() throws Exception {
    try (Lab lab = Labs.twoHosts()) {
      IOException problem = new IOException("mine");
      assertThatThrownBy(
              () ->
                  lab.client()
                      .call(
                          () -> {
                            throw problem;
                          }))
          .isSameAs(problem);
    }
  }

  @Test
  void listsTheSegmentsWhenTheWantedOneDoesNotCome() throws Exception {
    try (Lab lab = Labs.twoHosts();
        LabEchoServer server = new LabEchoServer(lab);
        SocketChannel channel = lab.client().call(SocketChannel::open)) {
      channel.connect(server.address());
      lab.wire().await(Segment::isSynAck);
      assertThatThrownBy(() -> lab.wire().await(segment -> false, millis(1)))
          .isInstanceOf(AssertionError.class)
          .hasMessageContaining("[SYN ACK]");
    }
  }

  @Test
  void failsTheNextLookWhenAFaultThrows() throws Exception {
    try (Lab lab = Labs.twoHosts();
        SocketChannel channel = lab.client().call(SocketChannel::open)) {
      lab.wire()
          .fault(
              segment -> {
                throw new IllegalArgumentException("broken fault");
              });
      channel.configureBlocking(false);
      channel.connect(new InetSocketAddress(lab.server().ipv4(), 1));
      assertThatThrownBy(() -> lab.wire().await(segment -> true))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("broken fault");
    }
  }

  @Test
  void refusesAConnectionToAClosedPort() throws Exception {
    try (Lab lab = Labs.twoHosts();
        SocketChannel channel = lab.client().call(SocketChannel::open)) {
      assertThatThrownBy(() -> channel.connect(new InetSocketAddress(lab.server().ipv4(), 1)))
          .isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void interruptsTheThreadsOfItsHostsOnClose() throws Exception {
    Lab lab = Labs.twoHosts();
    CountDownLatch started = new CountDownLatch(1);
    CountDownLatch never = new CountDownLatch(1);
    Future<Void> waiting;
    try (lab) {
      waiting =
          lab.server()
              .start(
                  () -> {
                    started.countDown();
                    never.await();
                    return null;
                  });
      assertThat(started.await(5, TimeUnit.SECONDS)).isTrue();
    }
    assertThatThrownBy(() -> waiting.get(5, TimeUnit.SECONDS))
        .hasCauseInstanceOf(InterruptedException.class);
    lab.close();
    assertThat(labThreads()).isEmpty();
  }

  @Test
  void cancelsATaskThatIsStartedAfterItsLabWasClosed() throws Exception {
    Host server;
    try (Lab lab = Labs.twoHosts()) {
      server = lab.server();
    }
    Future<Integer> late = server.start(() -> 1);
    assertThatThrownBy(() -> late.get(5, TimeUnit.SECONDS))
        .isInstanceOf(CancellationException.class);
  }

  @Test
  void leavesNothingBehindAfterManyLabs() throws Exception {
    useOnce();
    List<String> before = handles();
    String namespace = ownNamespace();
    List<Duration> times = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      long start = System.nanoTime();
      useOnce();
      times.add(Duration.ofNanos(System.nanoTime() - start));
    }
    times.sort(null);
    assertThat(handles()).isEqualTo(before);
    assertThat(labThreads()).isEmpty();
    assertThat(namespaces()).containsOnly(namespace);
    // Even a busy machine makes some of so many labs without a pause.
    assertThat(times.get(4)).as("%s", times).isLessThan(millis(500));
  }

  private static void useOnce() throws Exception {
    try (Lab lab = Labs.twoHosts();
        ServerSocketChannel listener = lab.server().call(ServerSocketChannel::open);
        SocketChannel channel = lab.client().call(SocketChannel::open)) {
      listener.bind(new InetSocketAddress(lab.server().ipv4(), 0));
      channel.connect(listener.getLocalAddress());
      listener.accept().close();
    }
  }

  private static int echo(SocketChannel channel, int length) throws IOException {
    channel.write(ByteBuffer.allocate(length));
    return channel.read(ByteBuffer.allocate(length));
  }

  private static Duration millis(long millis) {
    return Duration.ofMillis(millis);
  }

  /** Returns the kinds of what is open, but for files, which the JDK opens as it likes. */
  private static List<String> handles() throws IOException {
    return links(Path.of("/proc/self/fd"), "").stream()
        .filter(target -> !target.startsWith("/"))
        .map(target -> target.replaceAll("[0-9]+", ""))
        .sorted()
        .toList();
  }

  private static List<String> namespaces() throws IOException {
    return links(Path.of("/proc/self/task"), "ns/net");
  }

  private static String ownNamespace() throws IOException {
    return Files.readSymbolicLink(Path.of("/proc/thread-self/ns/net")).toString();
  }

  private static List<String> links(Path folder, String name) throws IOException {
    List<String> links = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.toList()) {
        try {
          links.add(Files.readSymbolicLink(entry.resolve(name)).toString());
        } catch (IOException e) {
          // gone in the meantime
        }
      }
    }
    return links;
  }

  private static List<String> labThreads() {
    return Thread.getAllStackTraces().keySet().stream()
        .map(Thread::getName)
        .filter(name -> name.startsWith("lab-"))
        .toList();
  }
}
