package io.tfo.backend.windows;

import io.tfo.lab.simulation.Linux;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Windows' socket addresses as Linux has them: but for the number of AF_INET6 they are alike. */
final class SocketAddresses {
  private SocketAddresses() {}

  /** Linux' number of an address's family; 0 if it is none that TCP has. */
  static int family(ByteBuffer address) {
    return switch (address.order(ByteOrder.nativeOrder()).getShort(0)) {
      case Wsa.AF_INET -> Linux.AF_INET;
      case Wsa.AF_INET6 -> Linux.AF_INET6;
      default -> 0;
    };
  }

  /** The address for Linux, or null if it is none of this family and length. */
  static byte[] toLinux(ByteBuffer address, int length, int family) {
    int size = family == Linux.AF_INET ? 16 : 28;
    if (length < size || family(address) != family) {
      return null;
    }
    byte[] linux = new byte[size];
    address.get(0, linux);
    linux[0] = (byte) family;
    linux[1] = 0;
    return linux;
  }
}
