package io.tfo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.tfo.lab.Segment.Direction;
import io.tfo.lab.Segment.Fate;
import io.tfo.lab.test.Labs;
import java.net.ConnectException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class FaultsTest {
  private static final byte[] DATA = {1, 2, 3, 4, 5, 6, 7};
  private static final Duration SOON = Duration.ofSeconds(30);

  private Lab lab;
  private LabEchoServer server;

  @BeforeEach
  void open() throws Exception {
    lab = Labs.twoHosts();
    server = new LabEchoServer(lab);
  }

  @AfterEach
  void close() throws Exception {
    if (server != null) {
      server.close();
    }
    if (lab != null) {
      lab.close();
    }
  }

  @Test
  void droppedSynDataArrivesByAPlainRetransmit() throws Exception {
    fetchCookie();
    lab.wire().fault(Faults.dropSynData());
    long start = System.nanoTime();
    exchange();
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(Duration.ofMillis(500));
    List<Segment> syns = lab.wire().syns();
    assertThat(syns.get(0).fate()).isEqualTo(Fate.DROPPED);
    assertThat(syns.get(0).payload()).isEqualTo(DATA);
    assertThat(syns.get(syns.size() - 1).payload()).isEmpty();
    assertThat(lab.server().counter("TCPFastOpenPassive")).isZero();
  }

  @Test
  void dropsSynDataAsOftenAsAsked() throws Exception {
    fetchCookie();
    lab.wire().fault(Faults.dropSynData(1));
    exchange();
    assertThat(lab.wire().syns())
        .filteredOn(Faults::isSynWithData)
        .singleElement()
        .extracting(Segment::fate)
        .isEqualTo(Fate.DROPPED);
    lab.wire().forget();
    exchange();
    assertThat(lab.wire().syns())
        .singleElement()
        .matches(Faults::isSynWithData)
        .extracting(Segment::fate)
        .isEqualTo(Fate.DELIVERED);
  }

  @Test
  void aStrippedOptionGivesNoCookie() throws Exception {
    lab.wire().fault(Faults.stripFastOpenOption());
    exchange();
    exchange();
    List<Segment> arrived =
        lab.wire().segments().stream()
            .filter(Segment::isSyn)
            .filter(segment -> segment.fate() != Fate.CHANGED)
            .toList();
    assertThat(arrived).hasSize(2).noneMatch(Segment::hasFastOpenOption);
    assertThat(arrived).allMatch(Segment::checksumIsRight);
    assertThat(lab.wire().syns()).allMatch(syn -> syn.payloadLength() == 0);
    assertThat(lab.client().counter("TCPFastOpenActive")).isZero();
    assertThat(lab.server().counter("TCPFastOpenCookieReqd")).isZero();
  }

  @Test
  void anOptionStrippedOnTheWayBackGivesNoCookieEither() throws Exception {
    lab.wire().fault(Faults.stripFastOpenOption(Direction.TO_CLIENT));
    exchange();
    exchange();
    assertThat(lab.wire().syns()).allMatch(syn -> syn.fate() == Fate.DELIVERED);
    assertThat(lab.wire().syns()).allMatch(syn -> syn.payloadLength() == 0);
    assertThat(lab.server().counter("TCPFastOpenCookieReqd")).isPositive();
  }

  @Test
  void strippedSynDataIsSentAgain() throws Exception {
    fetchCookie();
    lab.wire().fault(Faults.stripSynData());
    exchange();
    Segment syn = lab.wire().syns().get(0);
    Segment synAck = lab.wire().await(Segment::isSynAck);
    assertThat(syn.payload()).isEqualTo(DATA);
    assertThat(synAck.acknowledgment()).isEqualTo((syn.sequence() + 1) & 0xffffffffL);
  }

  @Test
  void aSpoiltCookieIsNotTakenByTheServer() throws Exception {
    byte[] cookie = fetchCookie();
    lab.wire().fault(Faults.spoilCookie());
    exchange();
    List<Segment> segments = lab.wire().segments().stream().filter(Segment::isSyn).toList();
    assertThat(segments.get(0).fate()).isEqualTo(Fate.CHANGED);
    assertThat(segments.get(0).fastOpenCookie()).hasValue(cookie);
    assertThat(segments.get(1).fate()).isEqualTo(Fate.ADDED);
    assertThat(segments.get(1).payload()).isEqualTo(DATA);
    assertThat(segments.get(1).fastOpenCookie().orElseThrow()[0]).isEqualTo((byte) ~cookie[0]);
    assertThat(lab.server().counter("TCPFastOpenPassive")).isZero();
    assertThat(lab.server().counter("TCPFastOpenPassiveFail")).isPositive();
  }

  @Test
  void nothingArrivesOverACutLineUntilItIsMended() throws Exception {
    lab.wire().fault(Faults.cut());
    try (SocketChannel channel = lab.client().call(SocketChannel::open)) {
      channel.configureBlocking(false);
      channel.connect(server.address());
      lab.wire().await(segment -> segment.fate() == Fate.DROPPED);
      assertThat(lab.wire().segments()).allMatch(Segment::isSyn);
      lab.wire().clearFaults();
      try (Selector selector = Selector.open()) {
        channel.register(selector, SelectionKey.OP_CONNECT);
        assertThat(selector.select(SOON.toMillis())).isEqualTo(1);
        assertThat(channel.finishConnect()).isTrue();
      }
    }
  }

  @Test
  void aDroppedSynAckIsSentAgain() throws Exception {
    lab.wire().fault(Faults.dropSynAck(1));
    exchange();
    assertThat(lab.wire().segments().stream().filter(Segment::isSynAck).map(Segment::fate))
        .startsWith(Fate.DROPPED, Fate.DELIVERED);
  }

  @Test
  void aResetSynIsARefusedConnection() throws Exception {
    lab.wire().fault(Faults.resetSyn());
    try (SocketChannel channel = lab.client().call(SocketChannel::open)) {
      assertThatThrownBy(() -> channel.connect(server.address()))
          .isInstanceOf(ConnectException.class);
    }
    assertThat(lab.wire().segments())
        .extracting(Segment::direction, Segment::fate)
        .containsExactly(
            tuple(Direction.TO_SERVER, Fate.CHANGED), tuple(Direction.TO_CLIENT, Fate.ADDED));
  }

  @Test
  void aResetOfDataEndsTheConnection() throws Exception {
    lab.wire().fault(Faults.edit(segment -> segment.payloadLength() > 0, Segment::reset));
    assertThatThrownBy(this::exchange).isInstanceOf(java.io.IOException.class);
  }

  @Test
  void bytesSurviveLoss() throws Exception {
    lab.wire().fault(Faults.loss(0.02, 7413));
    Transfer.check(lab, server, 1 << 19);
    assertThat(lab.wire().segments()).extracting(Segment::fate).contains(Fate.DROPPED);
  }

  @Test
  void bytesSurviveDuplicates() throws Exception {
    lab.wire().fault(Faults.duplicate(segment -> segment.payloadLength() > 0, 50));
    Transfer.check(lab, server, 1 << 20);
    assertThat(lab.wire().segments())
        .filteredOn(segment -> segment.fate() == Fate.DUPLICATED)
        .hasSize(50);
  }

  @Test
  void bytesSurviveAnotherOrder() throws Exception {
    Duration late = Duration.ofMillis(3);
    lab.wire().fault(Faults.delay(segment -> segment.payloadLength() > 0, 20, late));
    Transfer.check(lab, server, 1 << 20);
    assertThat(lab.wire().segments())
        .filteredOn(segment -> segment.fate() == Fate.DELAYED)
        .hasSize(20);
  }

  @Test
  void theKernelTakesEditedDataAsRight() throws Exception {
    byte[] other = {9, 9, 9, 9, 9, 9, 9};
    lab.wire()
        .fault(
            Faults.edit(
                segment ->
                    segment.direction() == Direction.TO_SERVER && segment.payloadLength() > 0,
                segment -> segment.withPayload(other)));
    assertThat(RawClient.exchange(lab, server.address(), DATA)).isEqualTo(other);
  }

  @Test
  void laterFaultsSeeWhatEarlierOnesLeave() throws Exception {
    fetchCookie();
    lab.wire().fault(Faults.stripSynData());
    lab.wire().fault(Faults.dropSynData());
    exchange();
    assertThat(lab.wire().syns().get(0).fate()).isEqualTo(Fate.CHANGED);
    assertThat(lab.wire().segments()).extracting(Segment::fate).doesNotContain(Fate.DROPPED);
  }

  @Test
  void thereAreNoFaultsOnTheLoopbackInterface() throws Exception {
    try (Lab loopback = Labs.loopback()) {
      assertThatThrownBy(() -> loopback.wire().fault(Faults.cut()))
          .isInstanceOf(UnsupportedOperationException.class);
      assertThatThrownBy(() -> loopback.wire().delay(Duration.ofMillis(1)))
          .isInstanceOf(UnsupportedOperationException.class);
    }
  }

  @Test
  void aWireThatRecordsNothingSaysSo() throws Exception {
    try (Lab loopback = Labs.unrecorded()) {
      assertThatThrownBy(() -> loopback.wire().segments())
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("records nothing");
    }
  }

  /** Returns the cookie, and leaves no trace in the record. */
  private byte[] fetchCookie() throws Exception {
    exchange();
    byte[] cookie = lab.wire().await(Segment::isSynAck).fastOpenCookie().orElseThrow();
    lab.wire().await(segment -> segment.has(Segment.Flag.FIN));
    lab.wire().forget();
    return cookie;
  }

  private void exchange() throws Exception {
    assertThat(RawClient.exchange(lab, server.address(), DATA)).isEqualTo(DATA);
  }
}
