package io.tfo.cli;

import io.tfo.FastOpenOutcome;
import java.net.ConnectException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** What a path and a server do with TCP Fast Open. */
enum ProbeFinding {
  WORKS("TCP Fast Open works: the server acknowledged the data in the SYN."),
  WORKS_NOT_ALWAYS(
      "TCP Fast Open works, but not with each connect: servers behind this address may not share"
          + " their key, or the path loses segments."),
  DROPPED(
      "SYNs with data are lost on the path, and sent again without: a firewall drops them. Each such"
          + " connect costs a second; after two, the library connects plainly to this destination for a"
          + " while."),
  OPTION_DROPPED(
      "SYNs that ask for a cookie are lost on the path, and sent again without the option: a firewall"
          + " drops the option. Keep this destination plain."),
  RESET(
      "A SYN with data is answered by a reset, though an ordinary connect succeeds: a firewall or the"
          + " server refuses it. Keep this destination plain."),
  NOT_ACKNOWLEDGED(
      "The server gave a cookie, but did not acknowledge the data: servers behind this address do not"
          + " share their key, the queue of its listener is full, or the path takes the data or the"
          + " option out of the SYN."),
  NO_COOKIE(
      "The server gives no cookie: TCP Fast Open is off there, or the path removes the option. Connects"
          + " are ordinary ones, and lose no time."),
  ONE_CONNECT("The first connect asked for a cookie. More connects show whether it came."),
  OFF_HERE("No connect used TCP Fast Open: it is off on this machine."),
  NOT_TOLD("The kernel of this machine does not tell what became of the data in the SYN."),
  UNREACHABLE("An ordinary connect fails, too.");

  /** A SYN is sent again after a second. */
  private static final Duration RETRANSMISSION = Duration.ofMillis(900);

  final String meaning;

  ProbeFinding(String meaning) {
    this.meaning = meaning;
  }

  boolean works() {
    return this == WORKS || this == WORKS_NOT_ALWAYS;
  }

  /**
   * Draws the conclusion.
   *
   * @param plain the ordinary connects
   * @param fast those with data in the SYN, in order; at least one
   * @param control an ordinary one behind them, if one of them has failed
   */
  static ProbeFinding of(
      List<ProbeConnect> plain, List<ProbeConnect> fast, Optional<ProbeConnect> control) {
    if (plain.stream().noneMatch(ProbeConnect::isConnected)) {
      return UNREACHABLE;
    }
    int first = first(fast, each -> each.is(FastOpenOutcome.SYN_DATA_ACKED));
    if (first >= 0) {
      return fast.subList(first, fast.size()).stream()
              .allMatch(each -> each.is(FastOpenOutcome.SYN_DATA_ACKED))
          ? WORKS
          : WORKS_NOT_ALWAYS;
    }
    if (control.filter(each -> !each.isConnected()).isPresent()) {
      return UNREACHABLE; // the server has gone, or the path: TCP Fast Open is not to blame
    }
    if (first(fast, each -> isLost(each, plain)) >= 0) {
      return isLost(fast.get(0), plain) && !fast.get(0).is(FastOpenOutcome.SYN_RETRANSMITTED)
          ? OPTION_DROPPED
          : DROPPED;
    }
    if (first(fast, each -> !each.isConnected()) >= 0) {
      return RESET;
    }
    if (first(fast, each -> each.is(FastOpenOutcome.SYN_DATA_NOT_ACKED)) >= 0) {
      return NOT_ACKNOWLEDGED;
    }
    if (first(fast, each -> each.is(FastOpenOutcome.COOKIE_REQUESTED)) >= 0) {
      return fast.size() == 1 ? ONE_CONNECT : NO_COOKIE;
    }
    return first(fast, each -> each.is(FastOpenOutcome.UNKNOWN)) >= 0 ? NOT_TOLD : OFF_HERE;
  }

  private static int first(List<ProbeConnect> connects, Predicate<ProbeConnect> which) {
    for (int i = 0; i < connects.size(); i++) {
      if (which.test(connects.get(i))) {
        return i;
      }
    }
    return -1;
  }

  /** Lost are also those that timed out, and requests for a cookie that took as long as that. */
  private static boolean isLost(ProbeConnect connect, List<ProbeConnect> plain) {
    if (connect.is(FastOpenOutcome.SYN_RETRANSMITTED)) {
      return true;
    }
    if (!connect.isConnected()) {
      return connect.failure().filter(e -> !(e instanceof ConnectException)).isPresent();
    }
    Duration slowest =
        plain.stream()
            .filter(ProbeConnect::isConnected)
            .map(ProbeConnect::connected)
            .max(Duration::compareTo)
            .orElse(Duration.ZERO);
    return connect.connected().compareTo(slowest.plus(RETRANSMISSION)) > 0;
  }
}
