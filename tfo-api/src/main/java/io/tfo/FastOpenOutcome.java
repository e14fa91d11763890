package io.tfo;

/**
 * What became of TCP Fast Open on one connection, as its kernel tells.
 *
 * <p>Only {@link #SYN_DATA_ACKED} means that a round trip was saved.
 */
public enum FastOpenOutcome {
  /** The data in the SYN was acknowledged by the SYN-ACK; on the server: was accepted. */
  SYN_DATA_ACKED,
  /**
   * The SYN carried data that the server did not take: a stale cookie, a server without TCP Fast
   * Open, a middlebox. The kernel sent it again after the handshake.
   */
  SYN_DATA_NOT_ACKED,
  /**
   * No cookie was known for the server, so the SYN asked for one: if the server gave it, the next
   * connect can use it.
   */
  COOKIE_REQUESTED,
  /** The SYN was lost and sent again without data, which costs about a second. */
  SYN_RETRANSMITTED,
  /** The connection was opened without TCP Fast Open, or without data in its SYN. */
  NOT_ATTEMPTED,
  /** This platform, or this version of its kernel, does not tell. */
  UNKNOWN
}
