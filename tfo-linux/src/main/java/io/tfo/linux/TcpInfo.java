package io.tfo.linux;

import io.tfo.FastOpenOutcome;
import io.tfo.jna.KernelDeferral;
import io.tfo.jna.NativeTcp;
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

  /** {@code enum tcp_fastopen_client_fail}; its last is {@code TFO_SYN_RETRANSMITTED}. */
  private static final int NO_FAILURE = 0;

  private static final int TFO_COOKIE_UNAVAILABLE = 1;
  private static final int TFO_DATA_NOT_ACKED = 2;

  /** {@code linux/tcp_states.h}: values of the first byte. */
  static final int TCP_SYN_SENT = 2;

  /** The state after a SYN that was answered by a reset. */
  static final int TCP_CLOSE = 7;

  /** {@code tcpi_unacked}: a SYN in flight counts as one. */
  private static final int UNACKED = 24;

  /** {@code tcpi_total_retrans}. */
  private static final int TOTAL_RETRANS = 100;

  /** {@code tcpi_bytes_acked}, Linux 4.1: the SYN counts as one. */
  private static final int BYTES_ACKED = 120;

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
   * Reads whether a SYN was answered by a SYN-ACK. A server may have reset the connection since
   * then; in that case only the acknowledged bytes tell. Before Linux 4.1, these are known only for
   * the data of the SYN.
   */
  static boolean isAnswered(ByteBuffer info, int length) {
    return length > OPTIONS
        && ((info.get(0) != TCP_SYN_SENT && info.get(0) != TCP_CLOSE)
            || (info.get(OPTIONS) & TCPI_OPT_SYN_DATA) != 0
            || (length >= BYTES_ACKED + Long.BYTES && info.getLong(BYTES_ACKED) != 0));
  }

  /**
   * Reads the result of the first SYN. Valid before anything else is sent again.
   *
   * @param length how many bytes the kernel has written
   * @param tellsFailure whether this kernel knows {@code tcpi_fastopen_client_fail}
   */
  static NativeTcp.FirstSyn firstSyn(ByteBuffer info, int length, boolean tellsFailure) {
    if (length < TOTAL_RETRANS + Integer.BYTES) {
      return NativeTcp.FirstSyn.UNKNOWN;
    }
    if ((info.get(OPTIONS) & TCPI_OPT_SYN_DATA) != 0 || info.getInt(TOTAL_RETRANS) == 0) {
      return NativeTcp.FirstSyn.ANSWERED;
    }
    if (!tellsFailure) {
      return NativeTcp.FirstSyn.LOST;
    }
    return switch (failure(info)) {
      // It had a cookie and no data, or no option because of the kernel's own black hole detection.
      case NO_FAILURE -> NativeTcp.FirstSyn.UNKNOWN;
      case TFO_DATA_NOT_ACKED -> NativeTcp.FirstSyn.ANSWERED;
      default -> NativeTcp.FirstSyn.LOST;
    };
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
    return switch (failure(info)) {
      case NO_FAILURE -> FastOpenOutcome.NOT_ATTEMPTED;
      case TFO_COOKIE_UNAVAILABLE -> FastOpenOutcome.COOKIE_REQUESTED;
      case TFO_DATA_NOT_ACKED -> FastOpenOutcome.SYN_DATA_NOT_ACKED;
      default -> FastOpenOutcome.SYN_RETRANSMITTED;
    };
  }

  private static int failure(ByteBuffer info) {
    return (info.get(FAILURE) >> FAILURE_SHIFT) & 3;
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
