package io.tfo.backend.darwin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.test.Delivery;
import io.tfo.lab.Lab;
import io.tfo.lab.LabAvailability;
import io.tfo.lab.simulation.LinuxCalls;
import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.SocketSupport;
import io.tfo.testkit.BackendLab;
import io.tfo.testkit.RefusingPort;
import io.tfo.testkit.TestData;
import io.tfo.testkit.TestedBackend;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** On a kernel that deviates, the data arrives once, or the connect says why it does not. */
@Timeout(60)
@EnabledOnOs(OS.LINUX)
class DeviationsTest {
  @ParameterizedTest
  @EnumSource(
      value = SimulatedDarwin.Deviation.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"UNREACHABLE_ONCE_QUEUED", "BLACK_HOLE", "DENIED_BY_POLICY"})
  void theDataArrivesOnce(SimulatedDarwin.Deviation deviation) throws Exception {
    for (int size : new int[] {0, 1, 3000, 40_000}) {
      Delivery.deliver(SimulatedDarwin.backend(deviation), size);
    }
  }

  /** The kernel takes the data, and drops the error of the IP layer ({@code tcp_usr_send}). */
  @Test
  void aRouteThatIsLostAfterTheDataIsQueuedIsNotReportedUntilTheTimeout() throws Exception {
    FastOpenConnector connector =
        SimulatedDarwin.backend(SimulatedDarwin.Deviation.UNREACHABLE_ONCE_QUEUED).connector();
    ByteBuffer data = ByteBuffer.allocate(10);
    try (ServerSocketChannel server = ServerSocketChannel.open();
        SocketChannel channel = SocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      assertThatThrownBy(
              () ->
                  connector.connect(
                      channel, server.getLocalAddress(), data, Duration.ofMillis(300)))
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(channel.isOpen()).isFalse();
    }
  }

  @Test
  void aConnectThatAPolicyDeniesHasNoRouteAsTheJdkTells() throws Exception {
    Delivery.fails(
        SimulatedDarwin.backend(SimulatedDarwin.Deviation.DENIED_BY_POLICY),
        NoRouteToHostException.class,
        "connectx: EHOSTUNREACH (65)");
  }

  @Test
  void twoRefusedConnectsSwitchTheOptionOffUnlessTheHeuristicsAreOff() throws Exception {
    assumeThat(LinuxCalls.fastOpenSysctl() & 1).isEqualTo(1);
    for (SimulatedDarwin.Deviation[] deviations :
        new SimulatedDarwin.Deviation[][] {{}, {SimulatedDarwin.Deviation.HEURISTICS_OFF}}) {
      FastOpenBackend backend = SimulatedDarwin.backend(deviations);
      for (int i = 0; i < 2; i++) {
        try (RefusingPort refusing = new RefusingPort();
            SocketChannel channel = SocketChannel.open()) {
          assertThatThrownBy(
                  () ->
                      backend
                          .connector()
                          .connect(channel, refusing.address(), ByteBuffer.allocate(10)))
              .isInstanceOf(ConnectException.class);
        }
      }
      assertThat(Delivery.deliver(backend, 10))
          .isEqualTo(
              deviations.length == 0
                  ? FastOpenOutcome.NOT_ATTEMPTED
                  : FastOpenOutcome.COOKIE_REQUESTED);
    }
  }

  /**
   * Without the segment's size, 1,200 bytes were offered. The bytes that do not fit into the
   * segment follow the SYN.
   */
  @Test
  void theSynCarriesWhatASegmentOfANewRouteHolds() throws Exception {
    assumeThat(Lab.availability().kind()).isEqualTo(LabAvailability.Kind.TWO_HOSTS);
    FastOpenBackend backend =
        SimulatedDarwin.backend(
            SimulatedDarwin.Deviation.FRESH_ROUTES, SimulatedDarwin.Deviation.HEURISTICS_OFF);
    backend.connector().capability();
    try (BackendLab lab = BackendLab.withWire(new TestedBackend(backend))) {
      lab.fetchCookie();
      assertThat(lab.exchange(TestData.bytes(2000)).syn().payloadLength()).isEqualTo(472);
    }
  }

  @Test
  void aBlackHoleFailsTheConnectByItsName() throws Exception {
    Delivery.fails(
        SimulatedDarwin.backend(SimulatedDarwin.Deviation.BLACK_HOLE),
        ConnectException.class,
        "send: ENODATA (96)");
  }

  @Test
  void eachSideThatIsOffSaysSoWithItsRemedy() {
    for (FastOpenCapability off :
        List.of(
            SimulatedDarwin.backend(SimulatedDarwin.Deviation.CLIENT_OFF).connector().capability(),
            SimulatedDarwin.backend(SimulatedDarwin.Deviation.SERVER_OFF)
                .listener()
                .capability())) {
      assertThat(off.status()).isEqualTo(Status.DISABLED);
      assertThat(off.remedy()).contains("sysctl net.inet.tcp.fastopen=3");
    }
  }

  /** A socket finds out in {@code connect} that a server has gone, as a plain socket does. */
  @Test
  void noConnectWaitsForTheFirstWriteWhereTheClientSideIsOff() throws Exception {
    SocketSupport connector =
        (SocketSupport) SimulatedDarwin.backend(SimulatedDarwin.Deviation.CLIENT_OFF).connector();
    SocketSupport.SocketOpener opener = connector.deferring(to -> true, false).orElseThrow();
    InetSocketAddress known;
    try (ServerSocketChannel server = ServerSocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      known = (InetSocketAddress) server.getLocalAddress();
      for (int i = 0; i < 2; i++) {
        try (Socket socket = opener.open()) {
          socket.connect(known);
          socket.getOutputStream().write(i);
          server.accept().close();
        }
      }
    }
    try (Socket socket = opener.open()) {
      assertThatThrownBy(() -> socket.connect(known)).isInstanceOf(ConnectException.class);
    }
  }

  @Test
  void theClientSideTellsWhatTheHeuristicsDo() {
    assumeThat(LinuxCalls.fastOpenSysctl() & 1).isEqualTo(1);
    FastOpenCapability on = SimulatedDarwin.backend().connector().capability();
    assertThat(on.status()).isEqualTo(Status.AVAILABLE);
    assertThat(on.detail())
        .endsWith(
            "; net.inet.tcp.disable_tcp_heuristics=0: two connects in a row that are lost or"
                + " refused on one network make the kernel connect plainly there, for every"
                + " process, for 60 minutes at first (net.inet.tcp.ecn_timeout)");
    assertThat(
            SimulatedDarwin.backend(SimulatedDarwin.Deviation.HEURISTICS_OFF)
                .connector()
                .capability()
                .detail())
        .endsWith("; net.inet.tcp.disable_tcp_heuristics=1: no loss switches it off");
  }

  @Test
  void aKernelThatIsTooOldIsUnsupportedWithTheReason() {
    FastOpenCapability capability =
        SimulatedDarwin.backend(SimulatedDarwin.Deviation.WITHOUT_CONNECTX)
            .connector()
            .capability();
    assertThat(capability.status()).isEqualTo(Status.UNSUPPORTED);
    assertThat(capability.detail()).isEqualTo("connectx: ENOSYS (78): macOS before 10.11");
  }

  @Test
  void theOutcomeTellsThatTheSystemDidNotTry() throws Exception {
    assumeThat(LinuxCalls.fastOpenSysctl() & 1).isEqualTo(1);
    assertThat(Delivery.deliver(SimulatedDarwin.backend(), 10))
        .isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
    assertThat(
            Delivery.deliver(
                SimulatedDarwin.backend(SimulatedDarwin.Deviation.OLD_CONNECTION_INFO), 10))
        .isEqualTo(FastOpenOutcome.COOKIE_REQUESTED);
    for (SimulatedDarwin.Deviation plain :
        List.of(
            SimulatedDarwin.Deviation.CLIENT_OFF,
            SimulatedDarwin.Deviation.HEURISTICS,
            SimulatedDarwin.Deviation.NEVER_DEFERS)) {
      assertThat(Delivery.deliver(SimulatedDarwin.backend(plain), 10))
          .isEqualTo(FastOpenOutcome.NOT_ATTEMPTED);
    }
  }
}
