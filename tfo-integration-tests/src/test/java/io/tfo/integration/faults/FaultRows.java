package io.tfo.integration.faults;

import static io.tfo.integration.faults.NetworkCondition.*;

import java.time.Duration;
import java.util.List;

/** The rows of the fault table, in its order. */
final class FaultRows {
  /** How long a client waits for an answer that never comes. */
  private static final Duration SHORT = Duration.ofMillis(400);

  private static final int LARGE = 20_000;

  /** Measures how long one timeout of the SYN is. */
  static final FaultRow SYN_LOST = FaultRow.of(FIRST_SYN_LOST);

  static final List<FaultRow> ALL =
      List.of(
          FaultRow.of(NONE),
          FaultRow.of(SYN_DATA_DROPPED).connects(4),
          FaultRow.of(FIRST_SYN_DATA_DROPPED),
          FaultRow.of(SYN_DATA_DROPPED_AT_RANDOM).connects(4),
          FaultRow.of(SYN_DATA_STRIPPED),
          FaultRow.of(DATA_AFTER_SYN_DROPPED),
          always(OPTION_STRIPPED_TO_SERVER),
          always(OPTION_STRIPPED_TO_CLIENT),
          onceACookieIsKnown(OPTION_STRIPPED_TO_SERVER),
          onceACookieIsKnown(OPTION_STRIPPED_TO_CLIENT),
          FaultRow.of(OFF_AT_SERVER),
          FaultRow.of(NEW_KEY),
          FaultRow.of(COOKIE_SPOILED),
          FaultRow.of(QUEUE_FULL).fastOpenQueue(1),
          SYN_LOST,
          FaultRow.of(FIRST_SYN_ACK_LOST),
          FaultRow.of(SYN_DATA_RESET).connects(4),
          FaultRow.of(SYN_RESET),
          FaultRow.of(SYN_ACK_RESET),
          // It is chance whether the connect or the write after it fails, and so whether the next
          // connect is plain.
          FaultRow.of(HANDSHAKE_ACK_RESET).bytes(LARGE).connects(1),
          FaultRow.of(FIRST_DATA_RESET).bytes(LARGE).connects(1),
          FaultRow.of(REPLY_RESET),
          FaultRow.of(CUT_BEFORE_SYN).patience(SHORT),
          FaultRow.of(CUT_AFTER_SYN).patience(SHORT),
          FaultRow.of(CUT_AFTER_HANDSHAKE).patience(SHORT),
          FaultRow.of(CUT_BEFORE_SYN_FOR_2),
          FaultRow.of(CUT_AFTER_SYN_FOR_2),
          FaultRow.of(CUT_AFTER_HANDSHAKE_FOR_3).bytes(LARGE),
          FaultRow.of(SYN_DUPLICATED),
          FaultRow.of(SYN_DUPLICATED_LATE),
          FaultRow.of(SYN_OVERTAKEN),
          FaultRow.of(SYN_ACK_DUPLICATED),
          FaultRow.of(DATA_OUT_OF_ORDER).bytes(LARGE),
          fromTheBeginning(MTU_576).ipv4Only(),
          fromTheBeginning(MTU_1280),
          fromTheBeginning(MTU_1500),
          fromTheBeginning(MTU_9000),
          fromTheBeginning(MTU_9000_TO_1280),
          FaultRow.of(MTU_9000_TO_1280)
              .title("the server's MTU falls from 9000 to 1280, once a cookie is known")
              .before(MTU_9000)
              .bytes(LARGE));

  private FaultRows() {}

  private static FaultRow always(NetworkCondition condition) {
    return FaultRow.of(condition).title(condition.title() + ", always").withoutCookie();
  }

  private static FaultRow onceACookieIsKnown(NetworkCondition condition) {
    return FaultRow.of(condition).title(condition.title() + ", once a cookie is known");
  }

  private static FaultRow fromTheBeginning(NetworkCondition mtu) {
    return FaultRow.of(mtu).withoutCookie().bytes(LARGE);
  }
}
