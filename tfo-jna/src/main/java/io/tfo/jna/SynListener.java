package io.tfo.jna;

import java.io.IOException;
import java.net.InetSocketAddress;

/**
 * Receives the result of each SYN with the TFO option, of sockets and of channels. Times are those
 * of {@link SynLossDetector#now}.
 */
interface SynListener {
  /**
   * The SYN was answered by a SYN-ACK.
   *
   * @param sentAt when it was sent
   * @param withData whether it carried data
   * @param query asks the system about it
   */
  void answered(
      InetSocketAddress destination,
      long sentAt,
      boolean withData,
      SynLossDetector.LossQuery query);

  /**
   * The connect failed: refused, reset, unreachable, not answered in time.
   *
   * @param sentAt when the SYN was sent
   * @param withData whether it carried data
   * @param failure what the program was told
   */
  void failed(InetSocketAddress destination, long sentAt, boolean withData, IOException failure);

  /**
   * The connection was closed, or its thread interrupted, before the SYN was answered. Its answer
   * or failure may be reported later, if the connection is kept until then.
   *
   * @param sentAt when the SYN was sent
   * @param withData whether it carried data
   */
  void abandoned(InetSocketAddress destination, long sentAt, boolean withData);

  /**
   * Whether the result of a plain connect to this destination is to be reported: it decides whether
   * TCP Fast Open was the cause of an earlier failure.
   */
  boolean isSuspected(InetSocketAddress destination);

  /**
   * A plain connect was answered.
   *
   * @param start when it began
   */
  void plainAnswered(InetSocketAddress destination, long start);

  /**
   * A plain connect failed, or was given up before it was answered.
   *
   * @param start when it began
   * @param failure what the program was told
   */
  void plainFailed(InetSocketAddress destination, long start, IOException failure);
}
