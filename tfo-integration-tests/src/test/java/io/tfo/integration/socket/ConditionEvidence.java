package io.tfo.integration.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.tfo.integration.faults.NetworkCondition;
import io.tfo.integration.soak.SomeCases;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import io.tfo.lab.Segment.Direction;
import io.tfo.lab.Segment.Fate;
import io.tfo.test.StoppedTimer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInfo;

/** Asserts that the wire shows a network condition in the SYNs of a connection. */
final class ConditionEvidence {
  /** The conditions that can be seen. */
  static final List<NetworkCondition> SEEN =
      List.of(
          NetworkCondition.NONE,
          NetworkCondition.OFF_AT_CLIENT,
          NetworkCondition.OFF_AT_SERVER,
          NetworkCondition.OPTION_STRIPPED,
          NetworkCondition.SYN_DATA_STRIPPED,
          NetworkCondition.SYN_DATA_DROPPED,
          NetworkCondition.SYN_DUPLICATED);

  private ConditionEvidence() {}

  /** Those of {@link UnderEachCondition}. */
  static Stream<NetworkCondition> conditions(TestInfo test) {
    return SomeCases.of(SEEN, test, 0);
  }

  /**
   * Connects twice, and asserts that the second connection met with a condition, and that its SYN
   * carried the client's first bytes. They must be the only connections of the lab, and the client
   * must write before it reads. The timer stands still meanwhile.
   *
   * @param isFirst says whether bytes are the first ones that the client sends
   */
  static void check(
      SocketLab hosts,
      NetworkCondition condition,
      Callable<?> connection,
      Predicate<byte[]> isFirst)
      throws Exception {
    hosts.onClient(connection);
    condition.begin(hosts.lab());
    long passive = hosts.lab().server().counter("TCPFastOpenPassive");
    StoppedTimer.during(() -> hosts.synsOf(connection));
    assertSeen(condition, hosts.lab(), passive, isFirst);
    assertThat(hosts.failures()).isEmpty();
  }

  private static void assertSeen(
      NetworkCondition condition, Lab lab, long passive, Predicate<byte[]> isFirst) {
    List<Segment> syns =
        lab.wire().segments().stream()
            .filter(segment -> segment.isSyn() && segment.direction() == Direction.TO_SERVER)
            .toList();
    if (condition == NetworkCondition.OFF_AT_CLIENT) {
      assertPlain(syns);
      return;
    }
    Segment syn = syns.get(0);
    Segment last = syns.get(syns.size() - 1);
    byte[] inSyn = syn.payload();
    assertThat(isFirst.test(inSyn))
        .as(() -> "in the SYN: " + new String(inSyn, StandardCharsets.US_ASCII))
        .isTrue();
    assertThat(syn.fastOpenCookie()).hasValueSatisfying(cookie -> assertThat(cookie).isNotEmpty());
    switch (condition) {
      case OPTION_STRIPPED -> {
        assertThat(syn.fate()).isEqualTo(Fate.CHANGED);
        assertThat(last.hasFastOpenOption()).isFalse();
      }
      case SYN_DATA_STRIPPED -> {
        assertThat(syn.fate()).isEqualTo(Fate.CHANGED);
        assertThat(last.payload()).isEmpty();
      }
      case SYN_DATA_DROPPED -> {
        assertThat(syn.fate()).isEqualTo(Fate.DROPPED);
        assertThat(last.payload()).isEmpty();
      }
      case SYN_DUPLICATED -> assertOnly(syns, Fate.DUPLICATED);
      case NONE, OFF_AT_SERVER -> assertOnly(syns, Fate.DELIVERED);
      default -> throw new IllegalArgumentException(condition + " cannot be seen in the SYNs");
    }
    boolean accepted =
        condition == NetworkCondition.NONE || condition == NetworkCondition.SYN_DUPLICATED;
    assertThat(lab.client().counter("TCPFastOpenActive")).isEqualTo(accepted ? 1 : 0);
    if (condition != NetworkCondition.SYN_DATA_STRIPPED) { // its cookie is accepted all the same
      assertThat(lab.server().counter("TCPFastOpenPassive"))
          .isEqualTo(passive + (accepted ? 1 : 0));
    }
  }

  private static void assertOnly(List<Segment> syns, Fate fate) {
    assertThat(syns).singleElement().satisfies(syn -> assertThat(syn.fate()).isEqualTo(fate));
  }

  /** Asserts that a connection had one SYN, which had neither the option nor data. */
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
