package io.tfo.jna.linux;

import io.tfo.FastOpenOutcome;
import io.tfo.jna.KernelDeferral;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Reads {@code struct tcp_info} ({@code linux/tcp.h}). The fields that are read here have the same
 * offsets on 32-bit and 64-bit systems.
 */
final class TcpInfo {
  /** Larger than the structure in any release so far: it has 280 bytes in Linux 6.18. */
  static final int CAPACITY = 512;

  private static final int OPTIONS = 5;

  /** Linux 3.7, on both sides: the SYN's data was acknowledged. */
  private static final int TCPI_OPT_SYN_DATA = 0x20;

  private static final int FAILURE = 7;

  /**
   * Linux 5.5: the two bits after {@code tcpi_delivery_rate_app_limited}, the first of its byte.
   */
  private static final int FAILURE_SHIFT =
      ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? 1 : 5;

  /** {@code linux/tcp_states.h}: values of the first byte. */
  private static final int TCP_SYN_SENT = 2;

  /** The state after a SYN that was answered by a reset. */
  private static final int TCP_CLOSE = 7;

  /** {@code tcpi_unacked}: a SYN in flight counts as one. */
  private static final int UNACKED = 24;

  /** {@code tcpi_total_retrans}. */
  private static final int TOTAL_RETRANS = 100;

  private TcpInfo() {}

  /** Reads the stage of a deferred connect. Its state is SYN_SENT before the SYN is sent, too. */
  static KernelDeferral.Stage stage(ByteBuffer info, int length) {
    if (length < UNACKED + Integer.BYTES || info.get(0) == TCP_CLOSE) {
      return KernelDeferral.Stage.FAILED;
    }
    if (info.get(0) != TCP_SYN_SENT) {
      return KernelDeferral.Stage.CONNECTED;
    }
    return info.getInt(UNACKED) == 0 ? KernelDeferral.Stage.WAITING : KernelDeferral.Stage.PENDING;
  }

  /**
   * Reads whether a SYN was answered by a SYN-ACK. A server may answer data in the SYN and reset
   * the connection at once; then only the option tells.
   */
  static boolean isAnswered(ByteBuffer info, int length) {
    return length > OPTIONS
        && ((info.get(0) != TCP_SYN_SENT && info.get(0) != TCP_CLOSE)
            || (info.get(OPTIONS) & TCPI_OPT_SYN_DATA) != 0);
  }

  /**
   * Reads whether a SYN was sent again, and the first one was not acknowledged. Valid before
   * anything else is sent.
   */
  static boolean hasLostSyn(ByteBuffer info, int length) {
    return length < TOTAL_RETRANS + Integer.BYTES
        || ((info.get(OPTIONS) & TCPI_OPT_SYN_DATA) == 0 && info.getInt(TOTAL_RETRANS) != 0);
  }

  /**
   * Reads a client's outcome.
   *
   * @param length how many bytes the kernel has written
   * @param tellsFailure whether this kernel knows {@code tcpi_fastopen_client_fail}
   */
  static FastOpenOutcome ofClient(ByteBuffer info, int length, boolean tellsFailure) {
    if (length <= OPTIONS) {
      return FastOpenOutcome.UNKNOWN;
    }
    if ((info.get(OPTIONS) & TCPI_OPT_SYN_DATA) != 0) {
      return FastOpenOutcome.SYN_DATA_ACKED;
    }
    if (length <= FAILURE || !tellsFailure) {
      return FastOpenOutcome.UNKNOWN;
    }
    return switch ((info.get(FAILURE) >> FAILURE_SHIFT) & 3) {
      case 0 -> FastOpenOutcome.NOT_ATTEMPTED;
      case 1 -> FastOpenOutcome.COOKIE_REQUESTED;
      case 2 -> FastOpenOutcome.SYN_DATA_NOT_ACKED;
      default -> FastOpenOutcome.SYN_RETRANSMITTED;
    };
  }

  /** Reads an accepted connection's outcome. */
  static FastOpenOutcome ofServer(ByteBuffer info, int length) {
    if (length <= OPTIONS) {
      return FastOpenOutcome.UNKNOWN;
    }
    return (info.get(OPTIONS) & TCPI_OPT_SYN_DATA) != 0
        ? FastOpenOutcome.SYN_DATA_ACKED
        : FastOpenOutcome.NOT_ATTEMPTED;
  }
}
