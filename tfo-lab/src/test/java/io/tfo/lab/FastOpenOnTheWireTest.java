package io.tfo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.lab.test.Labs;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The wire of each kind of lab shows the cookie and the data of real SYNs. */
@Timeout(60)
class FastOpenOnTheWireTest {
  private static final byte[] DATA = "GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  @Test
  void showsCookieAndDataInTheSynOverIpv4() throws Exception {
    try (Lab lab = Labs.twoHosts();
        LabEchoServer server = new LabEchoServer(lab)) {
      check(lab, server.address());
    }
  }

  @Test
  void showsCookieAndDataInTheSynOverIpv6() throws Exception {
    try (Lab lab = Labs.twoHosts();
        LabEchoServer server = new LabEchoServer(lab)) {
      assumeTrue(lab.server().hasIpv6(), "no IPv6 here");
      check(lab, server.at(lab.server().ipv6()));
    }
  }

  @Test
  void showsCookieAndDataInTheSynOverALinkLocalAddress() throws Exception {
    try (Lab lab = Labs.twoHosts();
        LabEchoServer server = new LabEchoServer(lab)) {
      assumeTrue(lab.server().hasIpv6(), "no IPv6 here");
      check(lab, server.at(lab.server().linkLocalFrom(lab.client())));
    }
  }

  @Test
  void showsCookieAndDataOnTheLoopbackInterface() throws Exception {
    try (Lab lab = Labs.loopback();
        LabEchoServer server = new LabEchoServer(lab)) {
      check(lab, server.address());
    }
  }

  @Test
  void givesEachLabAnEmptyCookieCache() throws Exception {
    for (int i = 0; i < 2; i++) {
      try (Lab lab = Labs.twoHosts();
          LabEchoServer server = new LabEchoServer(lab)) {
        RawClient.exchange(lab, server.address(), DATA);
        assertThat(lab.wire().syns().get(0).fastOpenCookie()).hasValue(new byte[0]);
      }
    }
  }

  private static void check(Lab lab, InetSocketAddress server) throws Exception {
    for (int i = 0; i < 3; i++) {
      assertThat(RawClient.exchange(lab, server, DATA)).isEqualTo(DATA);
    }
    List<Segment> syns = lab.wire().syns();
    assertThat(syns).hasSize(3);
    assertThat(syns.get(0).toString()).contains("TFO cookie request").contains("length 0");
    assertThat(syns.get(0).payload()).isEmpty();
    for (Segment syn : syns.subList(1, 3)) {
      assertThat(syn.fastOpenCookie()).hasValueSatisfying(c -> assertThat(c).hasSize(8));
      assertThat(syn.payload()).isEqualTo(DATA);
    }
    assertThat(syns.get(1).fastOpenCookie().orElseThrow())
        .isEqualTo(syns.get(2).fastOpenCookie().orElseThrow());
    assertThat(lab.client().counter("TCPFastOpenActive")).isEqualTo(2);
    assertThat(lab.server().counter("TCPFastOpenPassive")).isEqualTo(2);
  }
}
