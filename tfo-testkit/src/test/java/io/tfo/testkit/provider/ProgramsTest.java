package io.tfo.testkit.provider;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.testkit.lab.Faults;
import io.tfo.testkit.lab.Lab;
import io.tfo.testkit.lab.Labs;
import io.tfo.testkit.lab.Segment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Programs that nobody rewrote, against a web server that nobody rewrote. */
@Timeout(60)
class ProgramsTest {
  private static final String SYSCTL = "net.ipv4.tcp_fastopen";

  @BeforeEach
  void requireProvider() throws Exception {
    Provider.require();
  }

  @ParameterizedTest
  @EnumSource
  void sendsItsRequestInTheSecondSyn(Program program) throws Exception {
    try (Lab lab = Labs.twoHosts();
        WebServer web = WebServer.open(lab, 8080, null)) {
      fetch(lab, web, program, 3);
      List<Segment> syns = lab.wire().syns();
      assertThat(syns).hasSize(3);
      assertThat(syns.get(0).fastOpenCookie()).hasValue(new byte[0]);
      assertThat(syns.get(0).payload()).isEmpty();
      for (Segment syn : syns.subList(1, 3)) {
        assertThat(new String(syn.payload(), StandardCharsets.US_ASCII)).startsWith("GET / HTTP");
      }
      assertThat(lab.client().counter("TCPFastOpenActive")).isEqualTo(2);
      assertThat(lab.server().counter("TCPFastOpenPassive")).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void connectsPlainlyToOtherPorts(Program program) throws Exception {
    try (Lab lab = Labs.twoHosts();
        WebServer cookies = WebServer.open(lab, 8080, null);
        WebServer web = WebServer.open(lab, 80, null)) {
      fetch(lab, cookies, program, 1);
      lab.wire().forget();
      fetch(lab, web, program, 2);
      assertNothingInTheSyns(lab, 2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void worksWithTheClientSideSwitchedOff(Program program) throws Exception {
    try (Lab lab = Labs.twoHosts();
        WebServer web = WebServer.open(lab, 8080, null)) {
      fetch(lab, web, program, 1);
      lab.client().sysctl(SYSCTL, "2");
      lab.wire().forget();
      fetch(lab, web, program, 2);
      assertNothingInTheSyns(lab, 2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void worksWithTheServerSideSwitchedOffWhileTheClientHasACookie(Program program) throws Exception {
    try (Lab lab = Labs.twoHosts();
        WebServer web = WebServer.open(lab, 8080, null)) {
      fetch(lab, web, program, 1);
      lab.server().sysctl(SYSCTL, "1");
      fetch(lab, web, program, 2);
      assertThat(lab.server().counter("TCPFastOpenPassive")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void worksWhereTheOptionIsStripped(Program program) throws Exception {
    try (Lab lab = Labs.twoHosts();
        WebServer web = WebServer.open(lab, 8080, null)) {
      lab.wire().fault(Faults.stripFastOpenOption());
      fetch(lab, web, program, 2);
      assertNothingInTheSyns(lab, 2);
      lab.wire().clearFaults();
      fetch(lab, web, program, 1);
      lab.wire().fault(Faults.stripFastOpenOption());
      fetch(lab, web, program, 1);
      assertThat(lab.server().counter("TCPFastOpenPassive")).isZero();
    }
  }

  @ParameterizedTest
  @EnumSource
  void losesASecondOnceWhereSynsWithDataAreDropped(Program program) throws Exception {
    try (Lab lab = Labs.twoHosts();
        WebServer web = WebServer.open(lab, portOfItsOwn(program), null)) {
      fetch(lab, web, program, 1);
      lab.wire().fault(Faults.dropSynData());
      fetch(lab, web, program, 1);
      assertThat(lab.wire().syns()).anyMatch(syn -> syn.fate() == Segment.Fate.DROPPED);
      lab.wire().forget();
      fetch(lab, web, program, 2);
      assertNothingInTheSyns(lab, 2);
    }
  }

  /** What is remembered of a destination outlives the lab. */
  private static int portOfItsOwn(Program program) {
    return 8100 + program.ordinal();
  }

  private static void assertNothingInTheSyns(Lab lab, int connections) {
    assertThat(lab.wire().syns())
        .hasSize(connections)
        .allSatisfy(syn -> assertThat(syn.payload()).isEmpty());
  }

  private static void fetch(Lab lab, WebServer web, Program program, int times) throws Exception {
    for (int i = 0; i < times; i++) {
      assertThat(lab.client().call(() -> program.fetch(web.address()))).isEqualTo(WebServer.ANSWER);
    }
  }
}
