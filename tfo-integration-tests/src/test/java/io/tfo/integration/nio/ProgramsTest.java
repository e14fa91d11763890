package io.tfo.integration.nio;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.soak.SomeCases;
import io.tfo.integration.socket.TestKeys;
import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.test.Labs;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Unchanged programs against an unchanged web server, both on the provider's channels. */
@Timeout(120)
@ExtendWith(ProviderJvm.class)
class ProgramsTest {
  private static final String SYSCTL = "net.ipv4.tcp_fastopen";
  private static final int MOST_LOSSES = 3;

  private Lab lab;
  private SSLContext tls;

  @BeforeEach
  void open() throws Exception {
    lab = Labs.twoHosts();
    tls = TestKeys.of(lab.server().ipv4()).sslContext();
  }

  @AfterEach
  void close() throws IOException {
    if (lab != null) {
      lab.close();
    }
  }

  @ParameterizedTest
  @EnumSource
  void sendsItsFirstBytesInTheSecondSyn(NioClient program) throws Exception {
    try (JdkWebServer web = serve(program, 8080)) {
      fetch(web, program, 3);
      List<Segment> syns = lab.wire().syns();
      assertThat(syns).hasSize(3);
      assertThat(syns.get(0).fastOpenCookie()).hasValue(new byte[0]);
      assertThat(syns.get(0).payload()).isEmpty();
      assertThat(syns.subList(1, 3))
          .allSatisfy(syn -> assertThat(syn.payload()).matches(program::beginsWith));
      assertThat(lab.client().counter("TCPFastOpenActive")).isEqualTo(2);
      assertThat(lab.server().counter("TCPFastOpenPassive")).isEqualTo(2);
    }
  }

  static Stream<NioClient> some(TestInfo test) {
    return SomeCases.of(List.of(NioClient.values()), test, 0);
  }

  @ParameterizedTest
  @MethodSource("some")
  void connectsPlainlyToOtherPorts(NioClient program) throws Exception {
    try (JdkWebServer cookies = serve(program, 8080);
        JdkWebServer web = serve(program, 80)) {
      fetch(cookies, program, 1);
      lab.wire().forget();
      fetch(web, program, 2);
      assertNothingInTheSyns(2);
    }
  }

  @ParameterizedTest
  @MethodSource("some")
  void worksWithTheClientSideSwitchedOff(NioClient program) throws Exception {
    try (JdkWebServer web = serve(program, 8080)) {
      fetch(web, program, 1);
      lab.client().sysctl(SYSCTL, "2");
      lab.wire().forget();
      fetch(web, program, 2);
      assertNothingInTheSyns(2);
    }
  }

  @ParameterizedTest
  @MethodSource("some")
  void worksWithTheServerSideSwitchedOffWhileTheClientHasACookie(NioClient program)
      throws Exception {
    try (JdkWebServer web = serve(program, 8080)) {
      fetch(web, program, 1);
      lab.server().sysctl(SYSCTL, "1");
      lab.wire().forget();
      fetch(web, program, 2);
      assertThat(lab.wire().syns())
          .hasSize(2)
          .allSatisfy(syn -> assertThat(syn.payload()).matches(program::beginsWith));
      assertThat(lab.server().counter("TCPFastOpenPassive")).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("some")
  void worksWhereTheOptionIsStripped(NioClient program) throws Exception {
    try (JdkWebServer web = serve(program, 8080)) {
      lab.wire().fault(Faults.stripFastOpenOption());
      fetch(web, program, 2);
      assertNothingInTheSyns(2);
      lab.wire().clearFaults();
      fetch(web, program, 1);
      lab.wire().fault(Faults.stripFastOpenOption());
      fetch(web, program, 1);
      assertThat(lab.server().counter("TCPFastOpenPassive")).isZero();
    }
  }

  @ParameterizedTest
  @MethodSource("some")
  void connectsPlainlyAfterASynWithDataWasDropped(NioClient program) throws Exception {
    try (JdkWebServer web = serve(program, portOfItsOwn(program))) {
      fetch(web, program, 1);
      lab.wire().fault(Faults.dropSynData());
      int losses = 0;
      do {
        lab.wire().forget();
        fetch(web, program, 1);
      } while (synsWithDataWereDropped() && ++losses < MOST_LOSSES);
      assertThat(losses).isBetween(1, MOST_LOSSES - 1);
      assertNothingInTheSyns(1);
      lab.wire().clearFaults();
      awaitDataInSyn(web, program);
    }
  }

  /**
   * Fetches until a SYN carries data, so that this port no longer counts as lost. Two lost ports
   * would make all connects to their address plain, also those of the next program.
   */
  private void awaitDataInSyn(JdkWebServer web, NioClient program) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(30))
        .until(
            () -> {
              lab.wire().forget();
              fetch(web, program, 1);
              return lab.wire().syns().stream().anyMatch(Faults::hasData);
            });
  }

  private boolean synsWithDataWereDropped() {
    return lab.wire().syns().stream().anyMatch(syn -> syn.fate() == Segment.Fate.DROPPED);
  }

  /** The back-off table outlives the lab: each program has a destination of its own. */
  private static int portOfItsOwn(NioClient program) {
    return 8100 + program.ordinal();
  }

  private JdkWebServer serve(NioClient program, int port) throws Exception {
    return JdkWebServer.open(lab, port, program.isOverTls() ? tls : null);
  }

  private void assertNothingInTheSyns(int connections) {
    assertThat(lab.wire().syns())
        .hasSize(connections)
        .allSatisfy(syn -> assertThat(syn.payload()).isEmpty());
  }

  private void fetch(JdkWebServer web, NioClient program, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      String answer = lab.client().call(() -> program.fetch(web.address(), tls));
      assertThat(answer).isEqualTo(JdkWebServer.ANSWER);
    }
  }
}
