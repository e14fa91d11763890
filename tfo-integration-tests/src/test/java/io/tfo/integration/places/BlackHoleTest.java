package io.tfo.integration.places;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenCapability.Status;
import io.tfo.FastOpenOutcome;
import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.lab.Faults;
import io.tfo.spi.FastOpenBackend;
import io.tfo.testkit.BackendLab;
import io.tfo.testkit.RuleSkipped;
import io.tfo.testkit.SynEvidence;
import io.tfo.testkit.TestData;
import io.tfo.testkit.TestedBackend;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The kernel's own black hole detection, which is on by default in older kernels. */
@Timeout(60)
class BlackHoleTest {
  private static final String TIMEOUT = "net.ipv4.tcp_fastopen_blackhole_timeout_sec";
  private static final String REMEDY = "sysctl -w " + TIMEOUT + "=0";
  private static final byte[] DATA = TestData.bytes(200);

  @ParameterizedTest
  @ValueSource(strings = {"linux-legacy", "linux-connect"})
  void oneSilentServerSwitchesTheClientOffAndTheCapabilitySaysSo(String name) throws Exception {
    FastOpenBackend backend = BackendsUnderTest.ALL.get(name).get();
    try (BackendLab lab = open(backend)) {
      lab.client().sysctl(TIMEOUT, "600");
      lab.fetchCookie();
      SynEvidence.carried(lab, lab.exchange(DATA), DATA);
      FastOpenCapability before = capability(lab, backend);
      assertThat(before.status()).isEqualTo(Status.AVAILABLE);
      assertThat(before.detail()).contains(TIMEOUT + "=600: if SYNs with data to one destination");
      assertThat(before.remedy()).hasValueSatisfying(r -> assertThat(r).contains(REMEDY));

      loseOne(lab, backend);

      FastOpenCapability off = capability(lab, backend);
      assertThat(off.status()).isEqualTo(Status.DISABLED);
      assertThat(off.detail()).contains("for 600 more seconds at most");
      assertThat(lab.client().counter("TCPFastOpenBlackhole")).isEqualTo(1);
      BackendLab.Exchange plain = lab.exchange(DATA);
      assertThat(plain.syn().payloadLength()).isZero();
      assertThat(plain.client()).isNotEqualTo(FastOpenOutcome.SYN_DATA_ACKED);

      assertThat(off.remedy()).hasValueSatisfying(r -> assertThat(r).contains(REMEDY));
      lab.client().sysctl(TIMEOUT, "0");
      FastOpenCapability after = capability(lab, backend);
      assertThat(after.status()).isEqualTo(Status.AVAILABLE);
      assertThat(after.detail()).doesNotContain(TIMEOUT);
      assertThat(after.remedy()).isEmpty();
      SynEvidence.carried(lab, lab.exchange(DATA), DATA);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"linux-legacy", "linux-connect"})
  void theCapabilitySendsNothingToFindABlackHole(String name) throws Exception {
    FastOpenBackend backend = BackendsUnderTest.ALL.get(name).get();
    try (BackendLab lab = open(backend)) {
      lab.client().sysctl(TIMEOUT, "600");

      FastOpenCapability capability = capability(lab, backend);

      assertThat(capability.detail()).contains(TIMEOUT + "=600");
      lab.client().call(() -> SocketChannel.open(lab.peer().address())).close();
      assertThat(lab.wire().syns()).as("that of the later connect").hasSize(1);
    }
  }

  /** Makes the kernel give up a connect, to a port at which the lab's server does not listen. */
  private static void loseOne(BackendLab lab, FastOpenBackend backend) throws Exception {
    lab.client().sysctl("net.ipv4.tcp_syn_retries", "1");
    lab.wire().fault(Faults.cut());
    InetSocketAddress silent = new InetSocketAddress(lab.server().ipv4(), BackendLab.newPort());
    try (SocketChannel channel = lab.client().call(() -> SocketChannel.open())) {
      assertThatThrownBy(
              () ->
                  lab.client()
                      .call(
                          () ->
                              backend.connector().connect(channel, silent, ByteBuffer.wrap(DATA))))
          .isInstanceOf(ConnectException.class);
    }
    lab.wire().clearFaults();
    lab.client().sysctl("net.ipv4.tcp_syn_retries", "6");
  }

  private static FastOpenCapability capability(BackendLab lab, FastOpenBackend backend)
      throws Exception {
    return lab.client().call(() -> backend.connector().capability());
  }

  private static BackendLab open(FastOpenBackend backend) throws Exception {
    try {
      return BackendLab.withWire(new TestedBackend(backend));
    } catch (RuleSkipped e) {
      return Assumptions.abort(e.getMessage());
    }
  }
}
