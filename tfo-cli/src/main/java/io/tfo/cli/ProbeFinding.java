package io.tfo.cli;

import io.tfo.FastOpenOutcome;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** The finding of a probe: what a path and a server do with TCP Fast Open. */
enum ProbeFinding {
  WORKS("TCP Fast Open works: the server acknowledged the data in the SYN."),
  WORKS_NOT_ALWAYS(
      "TCP Fast Open works, but not for every connect: servers behind this address may not share"
          + " their key, or the path loses segments."),
  DROPPED(
      "SYNs with data are lost on the path, and sent again without: a firewall drops them. Each such"
          + " connect costs a second; after two, the library connects plainly to this destination for a"
          + " while."),
  OPTION_DROPPED(
      "SYNs that ask for a cookie are lost on the path, and sent again without the option: a firewall"
          + " drops the option. Keep this destination plain."),
  LOST(
      "SYNs with the option of TCP Fast Open are lost on the path: all of them, or only those with data."
          + " The kernel did not report which. A longer --timeout shows it, if this kernel reports"
          + " it. After two losses, the library connects plainly to this destination for a while."),
  RESET(
      "A connect with TCP Fast Open is refused, by a reset or by ICMP, though an ordinary one succeeds:"
          + " a firewall or the server refuses it. Keep this destination plain."),
  NOT_ACKNOWLEDGED(OutcomeText.WHY_NOT_ACKNOWLEDGED),
  NO_COOKIE(
      "The server gives no cookie: TCP Fast Open is off there, or the path removes the option. Connects"
          + " are ordinary ones, and lose no time."),
  ONE_CONNECT("The first connect asked for a cookie. More connects show whether it came."),
  OFF_HERE("No connect used TCP Fast Open."),
  NOT_TOLD("The kernel of this machine does not report the outcome of the data in the SYN."),
  CLOSED_AT_ONCE(
      "The connection was reset as soon as it was made, before the kernel reported the outcome."
          + " If ordinary connects have no reply either, send what the server answers: --tls,"
          + " --http or --send. If they have one, a firewall or the server resets connections with"
          + " TCP Fast Open: keep this destination plain."),
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
   * @param fast the connects with data in the SYN, in order; none if no ordinary one was answered
   * @param control an ordinary connect after them, if one of them has failed
   */
  static ProbeFinding of(
      List<ProbeConnect> plain, List<ProbeConnect> fast, Optional<ProbeConnect> control) {
    if (fast.isEmpty() || plain.stream().noneMatch(ProbeConnect::isAnswered)) {
      return UNREACHABLE;
    }
    int first = first(fast, each -> each.is(FastOpenOutcome.SYN_DATA_ACKED));
    if (first >= 0) {
      boolean isReset = fast.stream().anyMatch(ProbeConnect::isResetBehindHandshake);
      return fast.subList(first, fast.size()).stream()
              .filter(each -> !isReset || tells(each))
              .allMatch(each -> each.is(FastOpenOutcome.SYN_DATA_ACKED))
          ? WORKS
          : WORKS_NOT_ALWAYS;
    }
    if (control.filter(each -> !each.isAnswered()).isPresent()) {
      return UNREACHABLE; // the server or the path is down: TCP Fast Open is not the cause
    }
    int lost = first(fast, each -> isLost(each, fast, plain));
    if (lost >= 0) {
      return lost(fast, lost, plain);
    }
    if (fast.stream().anyMatch(each -> !each.isAnswered() && !each.isTimedOut())) {
      return RESET;
    }
    if (fast.stream().anyMatch(each -> each.is(FastOpenOutcome.SYN_DATA_NOT_ACKED))) {
      return NOT_ACKNOWLEDGED;
    }
    if (fast.stream().anyMatch(ProbeConnect::isResetBehindHandshake)) {
      return CLOSED_AT_ONCE;
    }
    if (fast.stream().anyMatch(each -> each.is(FastOpenOutcome.COOKIE_REQUESTED))) {
      return fast.size() == 1 ? ONE_CONNECT : NO_COOKIE;
    }
    return fast.stream().anyMatch(each -> each.is(FastOpenOutcome.UNKNOWN)) ? NOT_TOLD : OFF_HERE;
  }

  /**
   * Tells which SYNs are lost. A SYN had data if the kernel says so, or if a cookie was asked for
   * before. For a connect that timed out the kernel says nothing, and there may have been an
   * earlier cookie.
   */
  private static ProbeFinding lost(List<ProbeConnect> fast, int lost, List<ProbeConnect> plain) {
    boolean isWithoutData =
        fast.stream()
            .anyMatch(
                each -> each.is(FastOpenOutcome.COOKIE_REQUESTED) && isLost(each, fast, plain));
    boolean isWithData =
        fast.stream().anyMatch(each -> each.is(FastOpenOutcome.SYN_RETRANSMITTED))
            || fast.subList(0, lost).stream().anyMatch(ProbeFinding::hasOption);
    return isWithData ? DROPPED : isWithoutData ? OPTION_DROPPED : LOST;
  }

  private static boolean hasOption(ProbeConnect connect) {
    return connect.is(FastOpenOutcome.COOKIE_REQUESTED)
        || connect.is(FastOpenOutcome.SYN_DATA_NOT_ACKED);
  }

  /**
   * Whether a connect tells something about the server: not if it was reset, nor if the back-off
   * has made it plain after a reset.
   */
  private static boolean tells(ProbeConnect connect) {
    return !connect.isResetBehindHandshake() && !connect.is(FastOpenOutcome.NOT_ATTEMPTED);
  }

  private static int first(List<ProbeConnect> connects, Predicate<ProbeConnect> which) {
    for (int i = 0; i < connects.size(); i++) {
      if (which.test(connects.get(i))) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Whether a SYN was lost: also if the connect timed out, or took as long as a second SYN. There
   * is an exception. A cookie request that is answered in time shows that the path lets the option
   * pass, and a second request shows that no cookie came: then no SYN had data.
   */
  private static boolean isLost(
      ProbeConnect connect, List<ProbeConnect> fast, List<ProbeConnect> plain) {
    if (connect.is(FastOpenOutcome.SYN_RETRANSMITTED)) {
      return true;
    }
    long inTime =
        fast.stream()
            .filter(each -> each.is(FastOpenOutcome.COOKIE_REQUESTED) && !isLate(each, plain))
            .count();
    if (connect.isTimedOut()) {
      return inTime < 2;
    }
    return isLate(connect, plain)
        && !connect.is(FastOpenOutcome.NOT_ATTEMPTED)
        && (!connect.is(FastOpenOutcome.COOKIE_REQUESTED) || inTime == 0);
  }

  private static boolean isLate(ProbeConnect connect, List<ProbeConnect> plain) {
    return isRetransmitted(
        connect.connected(),
        plain.stream()
            .filter(ProbeConnect::isConnected)
            .map(ProbeConnect::connected)
            .max(Duration::compareTo)
            .orElse(Duration.ZERO));
  }

  /** Whether a connect took so long that its SYN was sent twice. */
  static boolean isRetransmitted(Duration connect, Duration roundTrip) {
    return connect.compareTo(roundTrip.plus(RETRANSMISSION)) > 0;
  }
}
