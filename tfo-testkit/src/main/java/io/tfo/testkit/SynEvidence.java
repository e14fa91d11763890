package io.tfo.testkit;

import io.tfo.FastOpenOutcome;
import io.tfo.lab.Segment;
import java.util.Arrays;
import java.util.List;

/** Asserts what the wire shows of a connection, and that a backend reports the same. */
public final class SynEvidence {
  private SynEvidence() {}

  /**
   * Asserts that the SYN had a cookie and exactly these bytes, and that the SYN-ACK acknowledged
   * them.
   *
   * @param lab where the connection was made
   * @param exchange the connection
   * @param data the bytes
   * @throws AssertionError if the wire or an outcome shows something else
   */
  public static void carried(BackendLab lab, BackendLab.Exchange exchange, byte[] data) {
    Segment syn = exchange.syn();
    Expect.that(
        syn.fastOpenCookie().filter(cookie -> cookie.length > 0).isPresent(),
        "the SYN has no cookie: %s",
        syn);
    Expect.that(
        Arrays.equals(data, syn.payload()),
        "the SYN does not have the %d bytes: %s",
        data.length,
        syn);
    Segment synAck = lab.wire().await(Segment::isSynAck);
    long acknowledged = (synAck.acknowledgment() - syn.sequence() - 1) & 0xffff_ffffL;
    Expect.equal("bytes that the SYN-ACK acknowledges", (long) data.length, acknowledged);
    told("client", exchange.client(), FastOpenOutcome.SYN_DATA_ACKED);
    told("server", exchange.server(), FastOpenOutcome.SYN_DATA_ACKED);
  }

  /**
   * Asserts that an outcome is one of those that the wire allows. {@code UNKNOWN} always is.
   *
   * @param side {@code client} or {@code server}
   * @param outcome the outcome that was reported
   * @param truth the outcomes that the wire allows
   * @throws AssertionError if the outcome is none of these
   */
  public static void told(String side, FastOpenOutcome outcome, FastOpenOutcome... truth) {
    Expect.that(
        outcome == FastOpenOutcome.UNKNOWN || List.of(truth).contains(outcome),
        "the %s's outcome is %s but the wire shows %s",
        side,
        outcome,
        Arrays.toString(truth));
  }

  /**
   * Asserts that the SYN asked for a cookie and had no data.
   *
   * @param exchange the connection
   * @throws AssertionError if the wire or an outcome shows something else
   */
  static void asked(BackendLab.Exchange exchange) {
    Segment syn = exchange.syn();
    Expect.that(
        syn.fastOpenCookie().filter(cookie -> cookie.length == 0).isPresent(),
        "the first SYN does not ask for a cookie: %s",
        syn);
    Expect.equal("bytes in the first SYN", 0, syn.payloadLength());
    told("client", exchange.client(), FastOpenOutcome.COOKIE_REQUESTED);
    told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
  }

  /**
   * Asserts that neither side reports accepted SYN data; the client may have asked for a cookie.
   */
  static void toldPlain(BackendLab.Exchange exchange) {
    told(
        "client",
        exchange.client(),
        FastOpenOutcome.COOKIE_REQUESTED,
        FastOpenOutcome.NOT_ATTEMPTED);
    told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
  }

  /**
   * Asserts that the SYN had no data, and that both sides report {@code NOT_ATTEMPTED}.
   *
   * @param exchange the connection
   * @throws AssertionError if the wire or an outcome shows something else
   */
  public static void plain(BackendLab.Exchange exchange) {
    Expect.equal("bytes in a SYN that is to be plain", 0, exchange.syn().payloadLength());
    told("client", exchange.client(), FastOpenOutcome.NOT_ATTEMPTED);
    told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
  }
}
