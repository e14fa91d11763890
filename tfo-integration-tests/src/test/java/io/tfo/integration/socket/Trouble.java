package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.lab.Faults;
import io.tfo.lab.Segment;
import io.tfo.lab.Segment.Direction;
import io.tfo.lab.Segment.Fate;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.Predicate;

/** What may be wrong between here and there, and what is then seen of a connection. */
enum Trouble {
  NONE,
  OFF_AT_THE_CLIENT,
  OFF_AT_THE_SERVER,
  OPTION_STRIPPED,
  SYN_DATA_STRIPPED,
  SYN_DATA_DROPPED,
  SYN_DUPLICATED;

  private static final String SYSCTL = "net.ipv4.tcp_fastopen";

  void in(SocketLab hosts) {
    switch (this) {
      case NONE -> {}
      case OFF_AT_THE_CLIENT -> hosts.lab().client().sysctl(SYSCTL, "2");
      case OFF_AT_THE_SERVER -> hosts.lab().server().sysctl(SYSCTL, "1");
      case OPTION_STRIPPED -> hosts.lab().wire().fault(Faults.stripFastOpenOption());
      case SYN_DATA_STRIPPED -> hosts.lab().wire().fault(Faults.stripSynData());
      case SYN_DATA_DROPPED -> hosts.lab().wire().fault(Faults.dropSynData());
      case SYN_DUPLICATED -> hosts.lab().wire().fault(Faults.duplicate(Segment::isSyn, 3));
    }
  }

  /**
   * Asserts that the trouble befell the connection that the wire has recorded, the only one of the
   * lab for which the client had a cookie; or else that nothing did.
   *
   * @param first says whether these are the first bytes of what the client sends
   */
  void assertSeen(SocketLab hosts, Predicate<byte[]> first) {
    List<Segment> syns =
        hosts.lab().wire().segments().stream()
            .filter(segment -> segment.isSyn() && segment.direction() == Direction.TO_SERVER)
            .toList();
    Segment syn = syns.get(0);
    Segment last = syns.get(syns.size() - 1);
    if (this == OFF_AT_THE_CLIENT) {
      assertPlain(syns);
      return;
    }
    byte[] inSyn = syn.payload();
    assertThat(first.test(inSyn))
        .as(() -> "in the SYN: " + new String(inSyn, StandardCharsets.US_ASCII))
        .isTrue();
    assertThat(syn.fastOpenCookie()).hasValueSatisfying(cookie -> assertThat(cookie).isNotEmpty());
    assertThat(syn.fate())
        .isEqualTo(
            switch (this) {
              case OPTION_STRIPPED, SYN_DATA_STRIPPED -> Fate.CHANGED;
              case SYN_DATA_DROPPED -> Fate.DROPPED;
              case SYN_DUPLICATED -> Fate.DUPLICATED;
              default -> Fate.DELIVERED;
            });
    switch (this) {
      case OPTION_STRIPPED -> assertThat(last.hasFastOpenOption()).isFalse();
      case SYN_DATA_STRIPPED, SYN_DATA_DROPPED -> assertThat(last.payload()).isEmpty();
      default -> assertThat(syns).hasSize(1);
    }
    boolean accepted = this == NONE || this == SYN_DUPLICATED;
    assertThat(hosts.lab().client().counter("TCPFastOpenActive")).isEqualTo(accepted ? 1 : 0);
    if (this != SYN_DATA_STRIPPED) { // its cookie is accepted all the same
      assertThat(hosts.lab().server().counter("TCPFastOpenPassive")).isEqualTo(accepted ? 1 : 0);
    }
  }

  /** Asserts that a connection was plain, and that nothing befell it. */
  static void assertPlain(List<Segment> syns) {
    assertThat(syns)
        .singleElement()
        .satisfies(
            syn -> {
              assertThat(syn.hasFastOpenOption()).isFalse();
              assertThat(syn.payload()).isEmpty();
            });
  }
}
