package io.tfo;

/**
 * The outcome of TCP Fast Open on one connection, as the kernel reports it.
 *
 * <p>Only {@link #SYN_DATA_ACKED} means that a round trip was saved.
 */
public enum FastOpenOutcome {
  /** Client: the SYN-ACK acknowledged the SYN data. Server: the SYN data was accepted. */
  SYN_DATA_ACKED,
  /**
   * The SYN carried data that the server did not acknowledge: because the cookie is no longer
   * valid, the server does not use TCP Fast Open, or a middlebox interferes. The kernel sent the
   * data again after the handshake.
   */
  SYN_DATA_NOT_ACKED,
  /**
   * The kernel had no cookie of the server, so the SYN asked for one. If the server sent a cookie,
   * the next connect can use it.
   */
  COOKIE_REQUESTED,
  /** The SYN was lost, and sent again without data about one second later. */
  SYN_RETRANSMITTED,
  /** The connection was opened without TCP Fast Open, or without data in its SYN. */
  NOT_ATTEMPTED,
  /** This platform, or this version of its kernel, does not report the outcome. */
  UNKNOWN
}
