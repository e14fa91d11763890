package io.tfo.backend.windows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Makes refused connects to loopback addresses fail at once, as the JDK's connect does. By default,
 * Windows retransmits a SYN that was answered by a reset, for two seconds in all.
 */
final class Loopback {
  /** {@code sizeof(struct sockaddr_in)}. */
  private static final int SIZEOF_SOCKADDR_IN = 16;

  private static final int IPV4_ADDRESS = 4;
  private static final int IPV6_ADDRESS = 8;
  private static final byte NET_127 = 127;

  /** {@code mstcpip.h}: {@code TCP_INITIAL_RTO_UNSPECIFIED_RTT}. */
  private static final short UNSPECIFIED_RTT = -1;

  /** {@code mstcpip.h}: {@code TCP_INITIAL_RTO_NO_SYN_RETRANSMISSIONS}, Windows 10 1709. */
  private static final byte NO_SYN_RETRANSMISSIONS = -2;

  /** The fewest retransmissions that Windows before 10 1709 accepts. */
  private static final byte ONE_SYN_RETRANSMISSION = 1;

  private final ByteBuffer none = parameters(NO_SYN_RETRANSMISSIONS);
  private final ByteBuffer one = parameters(ONE_SYN_RETRANSMISSION);
  private final ByteBuffer nothing = ByteBuffer.allocateDirect(Integer.BYTES);

  private static ByteBuffer parameters(byte retransmissions) {
    return ByteBuffer.allocateDirect(4)
        .order(ByteOrder.nativeOrder())
        .putShort(0, UNSPECIFIED_RTT)
        .put(2, retransmissions);
  }

  /** Switches the retransmissions off for a loopback address; on older systems, leaves one. */
  void failFast(WindowsSocketApi sockets, int fd, ByteBuffer address, int length) {
    if (isLoopback(address, length) && set(sockets, fd, none) < 0) {
      set(sockets, fd, one);
    }
  }

  private int set(WindowsSocketApi sockets, int fd, ByteBuffer parameters) {
    return sockets.WSAIoctl(
        fd,
        WindowsSocketApi.SIO_TCP_INITIAL_RTO,
        parameters,
        parameters.capacity(),
        nothing,
        0,
        nothing);
  }

  /** Tells whether an address is in 127.0.0.0/8, also IPv4-mapped, or is ::1. */
  static boolean isLoopback(ByteBuffer address, int length) {
    if (length == SIZEOF_SOCKADDR_IN) {
      return address.get(IPV4_ADDRESS) == NET_127;
    }
    boolean mapped =
        address.getLong(IPV6_ADDRESS) == 0
            && address.getShort(IPV6_ADDRESS + 8) == 0
            && address.getShort(IPV6_ADDRESS + 10) == -1;
    if (mapped) {
      return address.get(IPV6_ADDRESS + 12) == NET_127;
    }
    for (int i = 0; i < 15; i++) {
      if (address.get(IPV6_ADDRESS + i) != 0) {
        return false;
      }
    }
    return address.get(IPV6_ADDRESS + 15) == 1;
  }
}
