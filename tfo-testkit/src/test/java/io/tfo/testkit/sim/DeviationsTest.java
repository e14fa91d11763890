package io.tfo.testkit.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.FastOpenOutcome;
import io.tfo.backend.bsd.SimulatedBsd;
import io.tfo.backend.darwin.SimulatedDarwin;
import io.tfo.spi.FastOpenBackend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where a kernel is not as usual, the data arrives once, or the connect says why it does not. */
@Timeout(60)
class DeviationsTest {
  private static FastOpenBackend bsd(FreeBsdKernel.Deviation... deviations) {
    return SimulatedBsd.on(new FreeBsdKernel(deviations));
  }

  private static FastOpenBackend darwin(DarwinKernel.Deviation... deviations) {
    return SimulatedDarwin.on(new DarwinKernel(deviations));
  }

  private static byte[] bytes(int length) {
    byte[] bytes = new byte[length];
    new Random(length).nextBytes(bytes);
    return bytes;
  }

  /** Connects with that much data, blocking, and returns the client's outcome. */
  private static FastOpenOutcome deliver(FastOpenBackend backend, int size) throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      FastOpenOutcome outcome;
      ByteBuffer data = ByteBuffer.wrap(bytes(size));
      try (SocketChannel channel = backend.connector().open(server.getLocalAddress(), data)) {
        assertThat(data.remaining()).isZero();
        assertThat(channel.isBlocking()).isTrue();
        outcome = backend.connector().outcome(channel);
        channel.shutdownOutput();
        ByteBuffer got = ByteBuffer.allocate(size + 100);
        try (SocketChannel accepted = server.accept()) {
          while (accepted.read(got) >= 0) {}
        }
        assertThat(got.flip()).isEqualTo(ByteBuffer.wrap(bytes(size)));
      }
      return outcome;
    }
  }

  private static void fails(
      FastOpenBackend backend, Class<? extends IOException> type, String message)
      throws IOException {
    try (ServerSocketChannel server = ServerSocketChannel.open();
        SocketChannel channel = SocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      ByteBuffer data = ByteBuffer.wrap(bytes(100)).position(3);
      Throwable thrown =
          catchThrowable(
              () -> backend.connector().connect(channel, server.getLocalAddress(), data));
      assertThat(thrown).isExactlyInstanceOf(type).hasMessage(message);
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isEqualTo(3);
      server.configureBlocking(false);
      assertThat(server.accept()).isNull();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = FreeBsdKernel.Deviation.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = "UNREACHABLE_ONCE_QUEUED")
  void onFreeBsdTheDataArrivesOnce(FreeBsdKernel.Deviation deviation) throws Exception {
    for (int size : new int[] {0, 1, 3000, 40_000}) {
      deliver(bsd(deviation), size);
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = DarwinKernel.Deviation.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"UNREACHABLE_ONCE_QUEUED", "BLACK_HOLE"})
  void onMacOsTheDataArrivesOnce(DarwinKernel.Deviation deviation) throws Exception {
    for (int size : new int[] {0, 1, 3000, 40_000}) {
      deliver(darwin(deviation), size);
    }
  }

  @Test
  void aRouteThatGoesOnceTheDataIsQueuedFailsTheConnect() throws Exception {
    fails(
        bsd(FreeBsdKernel.Deviation.UNREACHABLE_ONCE_QUEUED),
        NoRouteToHostException.class,
        "sendto: EHOSTUNREACH (65)");
    fails(
        darwin(DarwinKernel.Deviation.UNREACHABLE_ONCE_QUEUED),
        NoRouteToHostException.class,
        "send: EHOSTUNREACH (65)");
  }

  @Test
  void aBlackHoleFailsTheConnectByItsName() throws Exception {
    fails(darwin(DarwinKernel.Deviation.BLACK_HOLE), SocketException.class, "send: ENODATA (96)");
  }

  @Test
  void eachSideThatIsOffSaysSoWithItsRemedy() {
    assertThat(bsd(FreeBsdKernel.Deviation.CLIENT_OFF).connector().capability())
        .isEqualTo(
            FastOpenCapability.disabled(
                "net.inet.tcp.fastopen.client_enable=0",
                "sysctl net.inet.tcp.fastopen.client_enable=1"));
    assertThat(bsd(FreeBsdKernel.Deviation.SERVER_OFF).listener().capability())
        .isEqualTo(
            FastOpenCapability.disabled(
                "net.inet.tcp.fastopen.server_enable=0",
                "sysctl net.inet.tcp.fastopen.server_enable=1"));
    for (FastOpenCapability off :
        new FastOpenCapability[] {
          darwin(DarwinKernel.Deviation.CLIENT_OFF).connector().capability(),
          darwin(DarwinKernel.Deviation.SERVER_OFF).listener().capability()
        }) {
      assertThat(off.status()).isEqualTo(Status.DISABLED);
      assertThat(off.remedy()).contains("sysctl net.inet.tcp.fastopen=3");
    }
  }

  @Test
  void aKernelThatIsTooOldIsUnsupportedWithTheReason() {
    FastOpenCapability bsd = bsd(FreeBsdKernel.Deviation.WITHOUT_RFC7413).connector().capability();
    assertThat(bsd.status()).isEqualTo(Status.UNSUPPORTED);
    assertThat(bsd.detail()).contains("FreeBSD before 12", "TCP_RFC7413");
    FastOpenCapability darwin =
        darwin(DarwinKernel.Deviation.WITHOUT_CONNECTX).connector().capability();
    assertThat(darwin.status()).isEqualTo(Status.UNSUPPORTED);
    assertThat(darwin.detail()).isEqualTo("connectx: ENOSYS (78): macOS before 10.11");
  }

  @Test
  void theOutcomeTellsThatTheSystemDidNotTry() throws Exception {
    assumeThat(Linux.fastOpenSysctl() & 1).isEqualTo(1);
    assertThat(deliver(darwin(), 10)).isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
    assertThat(deliver(darwin(DarwinKernel.Deviation.OLD_CONNECTION_INFO), 10))
        .isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
    for (DarwinKernel.Deviation plain :
        new DarwinKernel.Deviation[] {
          DarwinKernel.Deviation.CLIENT_OFF,
          DarwinKernel.Deviation.HEURISTICS,
          DarwinKernel.Deviation.NEVER_DEFERS
        }) {
      assertThat(deliver(darwin(plain), 10)).isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
    }
    assertThat(deliver(bsd(), 10)).isEqualTo(FastOpenOutcome.UNKNOWN);
  }
}
