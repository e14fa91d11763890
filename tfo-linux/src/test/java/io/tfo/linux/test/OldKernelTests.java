package io.tfo.linux.test;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenCapability.Status;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenKeyOwner;
import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.FreshBackend;
import io.tfo.jna.JnaBackend;
import io.tfo.jna.NativeTcp;
import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.lab.test.Labs;
import io.tfo.linux.LinuxSocketApi;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.SocketChannelOpener;
import io.tfo.spi.SocketSupport;
import io.tfo.testkit.BackendLab;
import io.tfo.testkit.CapturingServer;
import io.tfo.testkit.TestData;
import io.tfo.testkit.TestedBackend;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A backend on each {@link OldKernel}: its capability, and its SYNs on the wire. The server's
 * backend is on this machine's kernel.
 */
@Timeout(60)
@Execution(ExecutionMode.CONCURRENT)
public abstract class OldKernelTests {
  private static final byte[] DATA = TestData.bytes(200);
  private static final Duration SOON = Duration.ofSeconds(10);

  private final BiFunction<LinuxSocketApi, String, NativeTcp> backend;

  /**
   * Creates the tests of one backend.
   *
   * @param backend creates its TCP over system calls, for a kernel's release
   */
  protected OldKernelTests(BiFunction<LinuxSocketApi, String, NativeTcp> backend) {
    this.backend = backend;
  }

  /** Whether the backend can send a SYN with data on that kernel. */
  protected abstract boolean sends(OldKernel kernel);

  /** Whether the backend leaves it to that kernel to defer a connect. */
  protected abstract boolean leavesDeferralTo(OldKernel kernel);

  private JnaBackend on(OldKernel kernel) {
    return new FreshBackend(kernel.name(), () -> backend.apply(kernel.sockets(), kernel.release()));
  }

  /**
   * Checks a backend on an old kernel, which is the client of a server on this machine's kernel.
   */
  private interface Check {
    void of(JnaBackend old, BackendLab lab) throws Exception;
  }

  private void inLab(OldKernel kernel, Check check) throws Exception {
    JnaBackend old = on(kernel);
    // The first use starts threads that live on, so it must not be on a lab's host.
    Status unused = old.connector().capability().status();
    Labs.twoHosts().close(); // else skipped
    try (BackendLab lab = BackendLab.withWire(new TestedBackend(reference()))) {
      check.of(old, lab);
    }
  }

  /** The installed backend of this machine's kernel. */
  private static FastOpenBackend reference() {
    return FastOpenBackends.candidates().orElseThrow().get(0);
  }

  private static void assertPlain(List<Segment> syns) {
    assertThat(syns).singleElement().satisfies(syn -> assertThat(syn.payload()).isEmpty());
    assertThat(syns.get(0).hasFastOpenOption()).isFalse();
  }

  private static void assertAsks(List<Segment> syns) {
    assertThat(syns).singleElement().satisfies(syn -> assertThat(syn.payload()).isEmpty());
    assertThat(syns.get(0).fastOpenCookie()).hasValue(new byte[0]);
  }

  private static void assertCarries(List<Segment> syns) {
    assertThat(syns).singleElement().satisfies(syn -> assertThat(syn.payload()).isEqualTo(DATA));
  }

  @ParameterizedTest
  @EnumSource
  void theCapabilityNamesWhatTheKernelLacks(OldKernel kernel) throws Exception {
    inLab(
        kernel,
        (old, lab) -> {
          var client = lab.client().call(() -> old.connector().capability());
          var server = lab.server().call(() -> old.listener().capability());
          if (sends(kernel)) {
            assertThat(client.status()).isEqualTo(Status.AVAILABLE);
          } else {
            assertThat(client.status()).isEqualTo(Status.UNSUPPORTED);
            assertThat(client.detail()).contains("TCP_FASTOPEN_CONNECT", "Linux before 4.11");
            assertThat(client.remedy()).hasValue("use Linux 4.11 or later");
          }
          assertThat(server.status()).isEqualTo(Status.AVAILABLE);
          assertThat(old.listener().keyOwner())
              .isEqualTo(kernel.hasKeys() ? FastOpenKeyOwner.LISTENER : FastOpenKeyOwner.MACHINE);
        });
  }

  @ParameterizedTest
  @EnumSource
  void theSecondConnectCarriesItsDataWhereTheKernelCanAndTellsWhatItKnows(OldKernel kernel)
      throws Exception {
    inLab(
        kernel,
        (old, lab) -> {
          List<FastOpenOutcome> outcomes = new ArrayList<>();
          BackendLab.Connect connect =
              (address, data) -> {
                SocketChannel channel = old.connector().open(address, data);
                outcomes.add(old.connector().outcome(channel));
                return channel;
              };
          List<Segment> first = lab.exchange(DATA, connect).syns();
          List<Segment> second = lab.exchange(DATA, connect).syns();
          if (sends(kernel)) {
            assertAsks(first);
            assertCarries(second);
            assertThat(outcomes)
                .containsExactly(FastOpenOutcome.UNKNOWN, FastOpenOutcome.SYN_DATA_ACKED);
          } else {
            assertPlain(first);
            assertPlain(second);
            assertThat(outcomes).doesNotContain(FastOpenOutcome.SYN_DATA_ACKED);
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aLossIsLearnedThoughTheKernelDoesNotTellItsReason(OldKernel kernel) throws Exception {
    Assumptions.assumeTrue(sends(kernel), "connects are plain");
    inLab(
        kernel,
        (old, lab) -> {
          lab.exchange(DATA, old.connector()::open);
          lab.wire().fault(Faults.dropSynData());
          assertThat(lab.exchange(DATA, old.connector()::open).syns()).hasSize(2);
          assertThat(lab.exchange(DATA, old.connector()::open).syns()).hasSize(2);
          assertPlain(lab.exchange(DATA, old.connector()::open).syns());
        });
  }

  @ParameterizedTest
  @EnumSource
  void aListenerAcceptsDataAndTellsSo(OldKernel kernel) throws Exception {
    inLab(
        kernel,
        (old, lab) -> {
          InetSocketAddress local =
              new InetSocketAddress(lab.server().ipv4(), BackendLab.newPort());
          try (CapturingServer server = serve(old, lab, local)) {
            BackendLab.Connect connect = reference().connector()::open;
            assertThat(lab.exchange(server, local, DATA, connect).server())
                .isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
            assertThat(lab.exchange(server, local, DATA, connect).server())
                .isEqualTo(FastOpenOutcome.SYN_DATA_ACKED);
          }
        });
  }

  private static CapturingServer serve(JnaBackend old, BackendLab lab, InetSocketAddress local)
      throws Exception {
    return lab.server()
        .call(
            () ->
                CapturingServer.behind(
                    old.listener().open(local, 50, 50), old.listener(), lab.server().threads()));
  }

  /** From 4.15 to 5.2 the kernel takes no backup key, and the primary one is set alone. */
  @ParameterizedTest
  @EnumSource
  void aListenerHasKeysWhereTheKernelTakesThem(OldKernel kernel) throws Exception {
    FastOpenListener listener = on(kernel).listener();
    try (ServerSocketChannel channel = ServerSocketChannel.open()) {
      FastOpenKeys two = FastOpenKeys.of(TestData.bytes(16), new byte[16]);
      assertThat(listener.setKeys(channel, FastOpenKeys.of(new byte[16])))
          .isEqualTo(kernel.hasKeys());
      assertThat(listener.setKeys(channel, two)).isEqualTo(kernel.hasKeys());
    }
  }

  @ParameterizedTest
  @EnumSource
  void aConnectWithoutACookieAsksForOneWhereTheKernelNeedsIt(OldKernel kernel) throws Exception {
    Assumptions.assumeTrue(sends(kernel), "connects are plain");
    inLab(
        kernel,
        (old, lab) -> {
          FastOpenConnector connector = old.connector().withoutCookie(to -> true);
          List<Segment> first = lab.exchange(DATA, connector::open).syns();
          if (kernel.hasKeys()) {
            assertThat(first.get(0).payload()).isEqualTo(DATA);
          } else {
            assertAsks(first);
          }
        });
  }

  @ParameterizedTest
  @EnumSource
  void aSocketWhoseConnectWaitsSendsItsFirstWriteInTheSyn(OldKernel kernel) throws Exception {
    inLab(
        kernel,
        (old, lab) -> {
          FastOpenSocketFactory sockets = FastOpenSocketFactory.over(old.connector());
          assertThat(((SocketSupport) old.connector()).systemDefers())
              .isEqualTo(leavesDeferralTo(kernel));
          List<Segment> first = exchange(lab, sockets);
          List<Segment> second = exchange(lab, sockets);
          if (sends(kernel)) {
            assertAsks(first);
            assertCarries(second);
          } else {
            assertPlain(first);
            assertPlain(second);
          }
        });
  }

  private static List<Segment> exchange(BackendLab lab, FastOpenSocketFactory sockets)
      throws Exception {
    lab.wire().forget();
    InetSocketAddress server = lab.peer().address();
    lab.client()
        .call(
            () -> {
              try (Socket socket = sockets.createSocket(server.getAddress(), server.getPort())) {
                socket.getOutputStream().write(DATA);
                socket.shutdownOutput();
                return socket.getInputStream().readAllBytes();
              }
            });
    assertThat(lab.peer().next().bytes()).isEqualTo(DATA);
    lab.wire().await(Segment::isSyn);
    return lab.wire().syns();
  }

  @ParameterizedTest
  @EnumSource
  void aChannelWhoseConnectWaitsSendsItsFirstWriteInTheSyn(OldKernel kernel) throws Exception {
    inLab(
        kernel,
        (old, lab) -> {
          Optional<SocketChannelOpener> channels =
              old.deferringChannels(SelectorProvider.provider(), to -> true, SOON);
          assertThat(channels.isPresent()).isEqualTo(leavesDeferralTo(kernel));
          if (channels.isPresent()) {
            lab.exchange(DATA, (address, data) -> connected(channels.get(), address, data));
            assertCarries(
                lab.exchange(DATA, (address, data) -> connected(channels.get(), address, data))
                    .syns());
          }
        });
  }

  private static SocketChannel connected(
      SocketChannelOpener channels, InetSocketAddress address, ByteBuffer data) throws Exception {
    SocketChannel channel = channels.open(null);
    try (Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
      channel.connect(address);
      while (!channel.finishConnect()) {
        selector.select(SOON.toMillis());
      }
      channel.write(data);
      key.cancel();
    }
    channel.configureBlocking(true);
    return channel;
  }
}
