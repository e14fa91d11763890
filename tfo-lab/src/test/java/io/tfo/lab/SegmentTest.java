package io.tfo.lab;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tfo.lab.Segment.Direction;
import io.tfo.lab.Segment.Fate;
import io.tfo.lab.Segment.Flag;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SegmentTest {
  /** A SYN, 10.77.0.1:4660 to 10.77.0.2:80, with MSS, NOPs, a cookie and the data "hi". */
  private static final String IPV4_SYN =
      "4500003e00004000400600000a4d00010a4d0002"
          + "123400500000000100000000a002faf000000000"
          + "020405b40101220e"
          + "000102030405060708090a0b"
          + "6869";

  /** The same SYN, fd77::1 to fd77::2, with a cookie request and no data. */
  private static final String IPV6_SYN =
      "6000000000180640"
          + "fd770000000000000000000000000001fd770000000000000000000000000002"
          + "12340050000000010000000060020fff00000000"
          + "22020101";

  @Test
  void readsAnIpv4Syn() {
    Segment syn = segment(IPV4_SYN);
    assertThat(syn.isSyn()).isTrue();
    assertThat(syn.isSynAck()).isFalse();
    assertThat(syn.source().toString()).isEqualTo("/10.77.0.1:4660");
    assertThat(syn.destination().toString()).isEqualTo("/10.77.0.2:80");
    assertThat(syn.sequence()).isEqualTo(1);
    assertThat(syn.window()).isEqualTo(0xfaf0);
    assertThat(syn.payload()).asString().isEqualTo("hi");
    assertThat(syn.fastOpenCookie()).isPresent();
    assertThat(syn.toString())
        .contains("[SYN]", "mss 1460", "TFO cookie 000102030405", "length 2", "delivered");
  }

  @Test
  void readsAnIpv6Syn() {
    Segment syn = segment(IPV6_SYN);
    assertThat(syn.source().getPort()).isEqualTo(4660);
    assertThat(syn.fastOpenCookie()).hasValue(new byte[0]);
    assertThat(syn.toString()).contains("TFO cookie request", "length 0", "fd77:0:0:0:0:0:0:2");
  }

  @ParameterizedTest
  @ValueSource(strings = {IPV4_SYN, IPV6_SYN})
  void editsComeWithRightChecksums(String hex) {
    Segment syn = segment(hex);
    byte[] data = {1, 2, 3};
    Segment edited = syn.withPayload(data).withFlags(Set.of(Flag.SYN, Flag.ECE));
    assertThat(edited.checksumIsRight()).isTrue();
    assertThat(edited.payload()).isEqualTo(data);
    assertThat(edited.flags()).containsExactly(Flag.SYN, Flag.ECE);
    assertThat(edited.options()).containsAll(syn.options());
    assertThat(syn.flags()).containsExactly(Flag.SYN);
    Segment stripped = syn.withoutOption(TcpOption.FAST_OPEN);
    assertThat(stripped.hasFastOpenOption()).isFalse();
    assertThat(stripped.checksumIsRight()).isTrue();
    assertThat(stripped.bytes()).hasSameSizeAs(syn.bytes());
    Segment reset = syn.reset();
    assertThat(reset.flags()).containsExactly(Flag.RST, Flag.ACK);
    assertThat(reset.source()).isEqualTo(syn.destination());
    assertThat(reset.acknowledgment()).isEqualTo(2 + syn.payloadLength());
    assertThat(reset.checksumIsRight()).isTrue();
    assertThat(reset.direction()).isEqualTo(Direction.TO_CLIENT);
  }

  @Test
  void knowsTheExperimentalOptionAsFastOpen() {
    TcpOption option =
        new TcpOption(TcpOption.EXPERIMENT, HexFormat.of().parseHex("f9890011223344556677"));
    assertThat(option.isFastOpen()).isTrue();
    assertThat(option).hasToString("TFO experiment cookie 0011223344556677");
    Segment syn = segment(IPV6_SYN).withOptions(List.of(option));
    assertThat(syn.fastOpenCookie()).hasValueSatisfying(c -> assertThat(c).hasSize(8));
  }

  @Test
  void doesNotShareItsArrays() {
    byte[] data = {1, 2};
    TcpOption option = new TcpOption(TcpOption.FAST_OPEN, data);
    data[0] = 9;
    option.data()[1] = 9;
    assertThat(option).isEqualTo(new TcpOption(TcpOption.FAST_OPEN, new byte[] {1, 2}));
    Segment syn = segment(IPV4_SYN);
    syn.payload()[0] = 0;
    assertThat(syn.payload()).asString().isEqualTo("hi");
  }

  @Test
  void refusesMoreOptionsThanAHeaderHolds() {
    TcpOption large = new TcpOption(TcpOption.FAST_OPEN, new byte[16]);
    assertThatThrownBy(() -> segment(IPV4_SYN).withOptions(Collections.nCopies(3, large)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 7413})
  void survivesGarbage(long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = HexFormat.of().parseHex(random.nextBoolean() ? IPV4_SYN : IPV6_SYN);
      for (int changes = random.nextInt(6); changes >= 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      byte[] cut = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      for (byte[] candidate : List.of(bytes, cut)) {
        Packet packet = Packet.parse(candidate);
        if (packet != null) {
          Segment segment = segment(packet);
          assertThat(segment.toString()).isNotEmpty();
          assertThat(segment.withOptions(segment.options()).checksumIsRight()).isTrue();
          assertThat(segment.reset().checksumIsRight()).isTrue();
        }
      }
    }
  }

  private static Segment segment(String hex) {
    return segment(Packet.parse(HexFormat.of().parseHex(hex)));
  }

  private static Segment segment(Packet packet) {
    return new Segment(packet, Direction.TO_SERVER, Duration.ZERO, Fate.DELIVERED);
  }
}
