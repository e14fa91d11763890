package io.tfo.integration.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenKeyFile;
import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.integration.faults.FastOpenQueue;
import io.tfo.integration.socket.SocketLab;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.test.Labs;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.FastOpenBackend;
import io.tfo.test.SilentLogger;
import io.tfo.test.StoppedTimer;
import io.tfo.testkit.BackendLab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Keys from files and of server sockets, data without a cookie, and what the capability of each
 * system says of them.
 */
@Timeout(120)
class KeysTest {
  @RegisterExtension static final SilentLogger LOG = new SilentLogger("io.tfo");

  private static final byte[] DATA =
      "one request".getBytes(java.nio.charset.StandardCharsets.US_ASCII);
  private static final String FIRST = "00000001-00000002-00000003-00000004";
  private static final String SECOND = "00000005-00000006-00000007-00000008";

  @TempDir private Path folder;

  private static FastOpenOutcome connect(Lab lab, InetSocketAddress server) throws Exception {
    return connect(lab, FastOpenConnector.system(), server);
  }

  private static FastOpenOutcome connect(
      Lab lab, FastOpenConnector connector, InetSocketAddress server) throws Exception {
    return lab.client()
        .call(
            () -> {
              try (SocketChannel channel = connector.open(server, ByteBuffer.wrap(DATA))) {
                return connector.outcome(channel);
              }
            });
  }

  private static ServerSocketChannel listen(Lab lab, FastOpenListener listener) throws Exception {
    return lab.server()
        .call(
            () ->
                listener.open(
                    new InetSocketAddress(lab.server().ipv4(), BackendLab.newPort()), 500, 100));
  }

  /** Returns the cookie that a listener gave out in the last SYN-ACK. */
  private static byte[] lastCookie(Lab lab) {
    return lab.wire().segments().stream()
        .filter(Segment::isSynAck)
        .reduce((a, b) -> b)
        .flatMap(Segment::fastOpenCookie)
        .orElseThrow();
  }

  private void write(Path file, String content) throws IOException {
    Path next = folder.resolve("next");
    Files.deleteIfExists(next);
    Files.writeString(next, content);
    Files.setPosixFilePermissions(next, PosixFilePermissions.fromString("rw-------"));
    Files.move(next, file, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
  }

  @Test
  void aListenerFollowsAFileAndKeepsItsKeysWhileTheFileIsBad() throws Exception {
    Path file = folder.resolve("keys");
    write(file, FIRST);
    FastOpenKeyFile keys = FastOpenKeyFile.of(file);
    try (Lab lab = Labs.twoHosts();
        ServerSocketChannel server = listen(lab, FastOpenListener.system().withKeys(keys))) {
      InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
      assertThat(connect(lab, address)).isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
      byte[] first = lastCookie(lab);

      for (String bad : List.of("", "00000005-0000", "not a key")) {
        write(file, bad);
        await(() -> keys.problem().isPresent());
        assertThat(connect(lab, address)).as(bad).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
      }
      Files.delete(file);
      await(() -> keys.problem().orElse("").contains("no such file"));
      assertThat(connect(lab, address)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
      write(file, SECOND);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
      await(() -> keys.problem().orElse("").contains("open to others"));
      assertThat(connect(lab, address)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);

      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
      await(() -> connect(lab, address) == FastOpenOutcome.SYN_DATA_NOT_ACKED);
      assertThat(lastCookie(lab)).isNotEqualTo(first);
      assertThat(connect(lab, address)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
    }
  }

  private static void await(java.util.concurrent.Callable<Boolean> condition) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(50))
        .until(condition);
  }

  @Test
  void aListenerWithABadFileIsNotBound() throws Exception {
    Path file = folder.resolve("keys");
    write(file, FIRST);
    FastOpenKeyFile keys = FastOpenKeyFile.of(file);
    assertThatThrownBy(() -> FastOpenKeyFile.of(folder.resolve("none")))
        .isInstanceOf(IOException.class);
    FastOpenListener failing =
        FastOpenListener.system()
            .withKeys(
                time -> {
                  throw new IOException("the store of keys is away");
                });
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      assertThatThrownBy(() -> failing.bind(channel, null, 0, 16))
          .isInstanceOf(IOException.class)
          .hasMessage("the store of keys is away");
      assertThat(channel.getLocalAddress()).isNull();
      FastOpenListener.system().withKeys(keys).bind(channel, null, 0, 16);
      assertThat(channel.getLocalAddress()).isNotNull();
    }
  }

  @Test
  void serverSocketsOfTheFactoryHaveKeysAndChangeThem() throws Exception {
    try (SocketLab hosts = SocketLab.open()) {
      Lab lab = hosts.lab();
      FastOpenServerSocketFactory factory =
          FastOpenServerSocketFactory.over(
              FastOpenListener.system().withKeys(FastOpenKeys.parse(FIRST)));
      ServerSocket one =
          hosts.listen(
              () -> factory.createServerSocket(BackendLab.newPort(), 50, lab.server().ipv4()));
      ServerSocket other =
          hosts.listen(
              () -> factory.createServerSocket(BackendLab.newPort(), 50, lab.server().ipv4()));
      InetSocketAddress first = new InetSocketAddress(lab.server().ipv4(), one.getLocalPort());
      InetSocketAddress second = new InetSocketAddress(lab.server().ipv4(), other.getLocalPort());

      assertThat(connect(lab, first)).isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
      lab.server().sysctl("net.ipv4.tcp_fastopen_key", SECOND);
      assertThat(connect(lab, second)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
      assertThat(factory.setKeys(other, FastOpenKeys.parse(SECOND))).isTrue();
      assertThat(connect(lab, second)).isEqualTo(FastOpenOutcome.SYN_DATA_NOT_ACKED);
      assertThat(connect(lab, second)).isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
      one.close();
      assertThatThrownBy(() -> factory.setKeys(one, FastOpenKeys.parse(FIRST)))
          .isInstanceOf(IOException.class);
    }
  }

  /** The kernel computes the same cookie from the same key, set on a listener or by the sysctl. */
  @Test
  void aListenersKeyIsTheSameAsThatKeyInTheSysctl() throws Exception {
    try (Lab lab = Labs.twoHosts()) {
      lab.server().sysctl("net.ipv4.tcp_fastopen_key", FIRST);
      try (ServerSocketChannel machine = listen(lab, FastOpenListener.system())) {
        connect(lab, (InetSocketAddress) machine.getLocalAddress());
        byte[] cookie = lastCookie(lab);
        lab.server().sysctl("net.ipv4.tcp_fastopen_key", SECOND);
        FastOpenListener keyed = FastOpenListener.system().withKeys(FastOpenKeys.parse(FIRST));
        try (ServerSocketChannel own = listen(lab, keyed)) {
          assertThat(connect(lab, (InetSocketAddress) own.getLocalAddress()))
              .isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
          assertThat(lab.wire().syns().get(1).fastOpenCookie()).hasValue(cookie);
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"linux-legacy", "linux-connect"})
  void dataWithoutACookieIsTakenOnlyWhereBothSidesAllowIt(String name) throws Exception {
    FastOpenBackend backend = backend(name);
    FastOpenConnector without =
        backend.connector().withoutCookie(remote -> remote.getAddress().isSiteLocalAddress());
    try (Lab lab = Labs.twoHosts();
        ServerSocketChannel ordinary = listen(lab, backend.listener());
        ServerSocketChannel open = listen(lab, backend.listener().withoutCookie(local -> true));
        ServerSocketChannel elsewhere =
            listen(lab, backend.listener().withoutCookie(local -> false))) {
      assertThat(connect(lab, without, (InetSocketAddress) open.getLocalAddress()))
          .isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
      assertThat(lab.wire().syns().get(0).payload()).isEqualTo(DATA);
      assertThat(connect(lab, without, (InetSocketAddress) ordinary.getLocalAddress()))
          .isEqualTo(FastOpenOutcome.SYN_DATA_NOT_ACKED);
      assertThat(connect(lab, without, (InetSocketAddress) elsewhere.getLocalAddress()))
          .isEqualTo(FastOpenOutcome.SYN_DATA_NOT_ACKED);
      assertThat(lab.wire().syns()).noneMatch(Segment::hasFastOpenOption);
      lab.wire().forget();
      assertThat(connect(lab, backend.connector(), (InetSocketAddress) ordinary.getLocalAddress()))
          .isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
      assertThat(lab.wire().syns().get(0).hasFastOpenOption()).isTrue();
    }
  }

  private static FastOpenBackend backend(String name) {
    return FastOpenBackends.installed().list().stream()
        .map(FastOpenBackends.Installed::backend)
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  /**
   * The first connect, to an unknown server, is not deferred. From the second connect on, the SYN
   * has the data.
   */
  @ParameterizedTest
  @ValueSource(strings = {"linux-legacy", "linux-connect"})
  void socketsOfTheFactorySendDataWithoutACookieOrConnectPlainly(String name) throws Exception {
    FastOpenBackend backend = backend(name);
    FastOpenSocketFactory without =
        FastOpenSocketFactory.over(backend.connector().withoutCookie(remote -> true));
    FastOpenSocketFactory plain =
        FastOpenSocketFactory.over(backend.connector().plainFor(remote -> true));
    try (SocketLab hosts = SocketLab.open()) {
      ServerSocket server =
          hosts.listen(
              () ->
                  FastOpenServerSocketFactory.over(backend.listener().withoutCookie(local -> true))
                      .createServerSocket(BackendLab.newPort(), 50, hosts.lab().server().ipv4()));
      hosts.serve(server, socket -> socket.getOutputStream().write(socket.getInputStream().read()));
      InetSocketAddress address =
          new InetSocketAddress(hosts.lab().server().ipv4(), server.getLocalPort());
      for (FastOpenSocketFactory each : List.of(without, without, plain)) {
        StoppedTimer.during(
            () ->
                hosts.onClient(
                    () -> {
                      try (Socket socket =
                          each.createSocket(address.getAddress(), address.getPort())) {
                        socket.getOutputStream().write(DATA);
                        return socket.getInputStream().read();
                      }
                    }));
      }
      List<Segment> syns = hosts.lab().wire().syns();
      assertThat(syns).noneMatch(Segment::hasFastOpenOption);
      assertThat(syns.get(1).payload()).isEqualTo(DATA);
      assertThat(syns.get(2).payloadLength()).isZero();
      assertThat(hosts.lab().server().counter("TCPFastOpenPassive")).isEqualTo(1);
    }
  }

  @Test
  void theCapabilityOfEachSystemSaysWhoseKeysAListenerHas() {
    Map<FastOpenKeyOwner, String> words =
        Map.of(
            FastOpenKeyOwner.LISTENER, "keys: a listener's own, or else the machine's",
            FastOpenKeyOwner.MACHINE, "keys: the machine's",
            FastOpenKeyOwner.UNKNOWN, "keys: not known whether a listener's own or the machine's");
    Map<String, FastOpenKeyOwner> owners =
        Map.of(
            "linux-legacy", FastOpenKeyOwner.LISTENER,
            "linux-connect", FastOpenKeyOwner.LISTENER,
            "bsd", FastOpenKeyOwner.MACHINE,
            "darwin", FastOpenKeyOwner.MACHINE,
            "windows", FastOpenKeyOwner.UNKNOWN);
    assertThat(BackendsUnderTest.ALL).containsKeys(owners.keySet().toArray(String[]::new));
    try (Lab lab = Labs.twoHosts()) {
      BackendsUnderTest.ALL.forEach(
          (name, create) -> {
            FastOpenListener listener = create.get().listener();
            FastOpenKeyOwner owner = listener.keyOwner();
            assertThat(owner).as(name).isEqualTo(owners.getOrDefault(name, owner));
            assertThat(detail(lab, listener)).as(name).endsWith(words.get(owner));
          });
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String detail(Lab lab, FastOpenListener listener) {
    try {
      return lab.server().call(() -> listener.capability().detail());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void theCapabilityTellsThatAQueueWasFull() throws Exception {
    try (Lab lab = Labs.twoHosts();
        ServerSocketChannel server =
            lab.server()
                .call(
                    () ->
                        FastOpenListener.system()
                            .open(
                                new InetSocketAddress(lab.server().ipv4(), BackendLab.newPort()),
                                500,
                                1))) {
      InetSocketAddress address = (InetSocketAddress) server.getLocalAddress();
      assertThat(detail(lab, FastOpenListener.system())).doesNotContain("was full");
      connect(lab, address);
      FastOpenQueue.fill(lab, address);
      assertThat(connect(lab, address)).isEqualTo(FastOpenOutcome.SYN_DATA_NOT_ACKED);
      assertThat(lab.server().counter("TCPFastOpenListenOverflow")).isEqualTo(1);
      assertThat(lab.server().counter("TCPFastOpenPassiveFail")).isZero();
      assertThat(detail(lab, FastOpenListener.system()))
          .contains("a queue of SYN data was full 1 times (TCPFastOpenListenOverflow)")
          .contains("raise the fastOpenBacklog");
    }
  }
}
