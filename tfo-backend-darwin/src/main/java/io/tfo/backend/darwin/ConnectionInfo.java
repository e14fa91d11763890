package io.tfo.backend.darwin;

import io.tfo.FastOpenOutcome;
import java.nio.ByteBuffer;

/** Reads {@code struct tcp_connection_info} ({@code netinet/tcp.h}). */
final class ConnectionInfo {
  /** Larger than the structure in any release so far: it has 112 bytes in macOS 15. */
  static final int CAPACITY = 256;

  /** The first byte: {@code netinet/tcp_fsm.h}, private. */
  private static final int TCPI_STATE = 0;

  private static final int TCPS_ESTABLISHED = 4;

  /** The 32 bits after {@code tcpi_rttvar}. Bits 0 to 8 came with macOS 10.11, the rest later. */
  private static final int TCPI_TFO = 52;

  /** The SYN had no cookie, and asked for one. */
  private static final int TCPI_TFO_COOKIE_REQ = 1;

  /** The SYN was lost, and sent again as a plain one. */
  private static final int TCPI_TFO_SYN_LOSS = 1 << 2;

  private static final int TCPI_TFO_SYN_DATA_SENT = 1 << 3;

  private static final int TCPI_TFO_SYN_DATA_ACKED = 1 << 4;

  /** On the server: the SYN brought a valid cookie, with data or without. */
  private static final int TCPI_TFO_SYN_DATA_RCV = 1 << 5;

  private ConnectionInfo() {}

  /** Whether a connect is answered: states after ESTABLISHED belong to connections that end. */
  static boolean isAnswered(ByteBuffer info, int length) {
    return length > TCPI_STATE && info.get(TCPI_STATE) >= TCPS_ESTABLISHED;
  }

  /**
   * Reads a client's outcome. Where none of the bits is set, the SYN had no data: TFO is off, the
   * system's heuristics (bit 11) avoid it on this network, there was no data, or more than a
   * segment holds.
   *
   * @param length how many bytes the kernel has written
   */
  static FastOpenOutcome ofClient(ByteBuffer info, int length) {
    if (length < TCPI_TFO + Integer.BYTES) {
      return FastOpenOutcome.UNKNOWN;
    }
    int bits = info.getInt(TCPI_TFO);
    if ((bits & TCPI_TFO_SYN_DATA_ACKED) != 0) {
      return FastOpenOutcome.SYN_DATA_ACKED;
    }
    if ((bits & TCPI_TFO_SYN_LOSS) != 0) {
      return FastOpenOutcome.SYN_RETRANSMITTED;
    }
    if ((bits & TCPI_TFO_SYN_DATA_SENT) != 0) {
      return FastOpenOutcome.SYN_DATA_NOT_ACKED;
    }
    return (bits & TCPI_TFO_COOKIE_REQ) != 0
        ? FastOpenOutcome.COOKIE_REQUESTED
        : FastOpenOutcome.NOT_ATTEMPTED;
  }

  /**
   * Reads an accepted connection's outcome: the bit tells of a valid cookie, with or without data.
   */
  static FastOpenOutcome ofServer(ByteBuffer info, int length) {
    if (length < TCPI_TFO + Integer.BYTES) {
      return FastOpenOutcome.UNKNOWN;
    }
    return (info.getInt(TCPI_TFO) & TCPI_TFO_SYN_DATA_RCV) != 0
        ? FastOpenOutcome.SYN_DATA_ACKED
        : FastOpenOutcome.NOT_ATTEMPTED;
  }
}
