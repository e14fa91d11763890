package io.tfo.backend.bsd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.jna.test.Delivery;
import io.tfo.lab.simulation.LinuxCalls;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
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
      value = SimulatedFreeBsd.Deviation.class,
      mode = EnumSource.Mode.EXCLUDE,
      names = {"UNREACHABLE_ONCE_QUEUED", "NEIGHBOUR_DOWN"})
  void theDataArrivesOnce(SimulatedFreeBsd.Deviation deviation) throws Exception {
    for (int size : new int[] {0, 1, 3000, 40_000}) {
      Delivery.deliver(SimulatedFreeBsd.backend(deviation), size);
    }
  }

  @Test
  void aRouteThatIsLostAfterTheDataIsQueuedFailsTheConnect() throws Exception {
    Delivery.fails(
        SimulatedFreeBsd.backend(SimulatedFreeBsd.Deviation.UNREACHABLE_ONCE_QUEUED),
        NoRouteToHostException.class,
        "sendto: EHOSTUNREACH (65)");
  }

  /** A connect is under way then, though the kernel has reported its failure. */
  @Test
  void aNeighbourThatIsDownFailsTheConnect() throws Exception {
    FastOpenConnector connector =
        SimulatedFreeBsd.backend(SimulatedFreeBsd.Deviation.NEIGHBOUR_DOWN).connector();
    ByteBuffer data = ByteBuffer.allocate(10);
    try (ServerSocketChannel server = ServerSocketChannel.open();
        SocketChannel channel = SocketChannel.open()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      assertThatThrownBy(() -> connector.connect(channel, server.getLocalAddress(), data))
          .isExactlyInstanceOf(SocketException.class)
          .hasMessage("sendto: EHOSTDOWN (64)");
      assertThat(channel.isOpen()).isFalse();
      assertThat(data.position()).isZero();
    }
  }

  @Test
  void eachSideThatIsOffSaysSoWithItsRemedy() {
    assertThat(
            SimulatedFreeBsd.backend(SimulatedFreeBsd.Deviation.CLIENT_OFF)
                .connector()
                .capability())
        .isEqualTo(
            FastOpenCapability.disabled(
                "net.inet.tcp.fastopen.client_enable=0",
                "sysctl net.inet.tcp.fastopen.client_enable=1"));
    assertThat(
            SimulatedFreeBsd.backend(SimulatedFreeBsd.Deviation.SERVER_OFF).listener().capability())
        .isEqualTo(
            FastOpenCapability.disabled(
                "net.inet.tcp.fastopen.server_enable=0",
                "sysctl net.inet.tcp.fastopen.server_enable=1"));
  }

  @Test
  void theClientSideTellsWhatALossSwitchesOffAndForHowLong() {
    assumeThat(LinuxCalls.fastOpenSysctl() & 1).isEqualTo(1);
    assertThat(SimulatedFreeBsd.backend().connector().capability())
        .isEqualTo(
            FastOpenCapability.available(
                "net.inet.tcp.fastopen.client_enable=1;"
                    + " net.inet.tcp.fastopen.path_disable_time=900: a SYN-ACK without the option,"
                    + " which Linux servers send where they accept data, makes connects to that"
                    + " address and port plain for 900 seconds"));
    assertThat(
            SimulatedFreeBsd.backend(SimulatedFreeBsd.Deviation.WITHOUT_PATH_DISABLE_TIME)
                .connector()
                .capability())
        .isEqualTo(FastOpenCapability.available("net.inet.tcp.fastopen.client_enable=1"));
  }

  @Test
  void aKernelThatIsTooOldIsUnsupportedWithTheReason() {
    FastOpenCapability capability =
        SimulatedFreeBsd.backend(SimulatedFreeBsd.Deviation.WITHOUT_RFC7413)
            .connector()
            .capability();
    assertThat(capability.status()).isEqualTo(Status.UNSUPPORTED);
    assertThat(capability.detail()).contains("FreeBSD before 12", "TCP_RFC7413");
  }

  @Test
  void theOutcomeIsNotTold() throws Exception {
    assertThat(Delivery.deliver(SimulatedFreeBsd.backend(), 10)).isEqualTo(FastOpenOutcome.UNKNOWN);
  }
}
