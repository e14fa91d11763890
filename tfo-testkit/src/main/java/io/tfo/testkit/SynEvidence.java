package io.tfo.testkit;

import io.tfo.FastOpenOutcome;
import io.tfo.lab.Segment;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/** Compares what the wire shows of a connection with what a backend tells of it. */
public final class SynEvidence {
  private SynEvidence() {}

  /** The SYN had the cookie and all of these bytes, and the SYN-ACK acknowledged them. */
  public static void carried(BackendLab hosts, BackendLab.Exchange exchange, byte[] data) {
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
    Segment synAck = hosts.wire().await(Segment::isSynAck, Duration.ofSeconds(10));
    long acknowledged = (synAck.acknowledgment() - syn.sequence() - 1) & 0xffff_ffffL;
    Expect.equal("bytes that the SYN-ACK acknowledges", (long) data.length, acknowledged);
    told("client", exchange.client(), FastOpenOutcome.SYN_DATA_ACKED);
    told("server", exchange.server(), FastOpenOutcome.SYN_DATA_ACKED);
  }

  public static void told(String side, FastOpenOutcome outcome, FastOpenOutcome... truth) {
    Expect.that(
        outcome == FastOpenOutcome.UNKNOWN || List.of(truth).contains(outcome),
        "the %s's outcome is %s but the wire shows %s",
        side,
        outcome,
        Arrays.toString(truth));
  }

  public static void asked(BackendLab.Exchange exchange) {
    Segment syn = exchange.syn();
    Expect.that(
        syn.fastOpenCookie().filter(cookie -> cookie.length == 0).isPresent(),
        "the first SYN does not ask for a cookie: %s",
        syn);
    Expect.equal("bytes in the first SYN", 0, syn.payloadLength());
    told("client", exchange.client(), FastOpenOutcome.COOKIE_REQUESTED);
    told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
  }

  /** A backend that says so must do so: and its connect is right in every other respect. */
  public static void plain(BackendLab.Exchange exchange) {
    Expect.equal("bytes in a SYN that is to be plain", 0, exchange.syn().payloadLength());
    told("client", exchange.client(), FastOpenOutcome.NOT_ATTEMPTED);
    told("server", exchange.server(), FastOpenOutcome.NOT_ATTEMPTED);
  }
}
