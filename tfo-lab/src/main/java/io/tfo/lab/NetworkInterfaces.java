package io.tfo.lab;

import static io.tfo.lab.ErrnoException.check;

import io.tfo.lab.libc.Libc;
import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Finds and configures the interfaces in the namespace of the calling thread. */
final class NetworkInterfaces {
  private static final int SIOCETHTOOL = 0x8946; // linux/sockios.h
  private static final int ETHTOOL_STXCSUM = 0x17; // linux/ethtool.h
  private static final int ETHTOOL_STSO = 0x1f;
  private static final int ETHTOOL_SGSO = 0x24;
  private static final int IFNAMSIZ = 16; // linux/if.h
  private static final int IFREQ_BYTES = 40;

  private NetworkInterfaces() {}

  static int index(String name) throws IOException {
    int index = Libc.if_nametoindex((name + '\0').getBytes(StandardCharsets.US_ASCII));
    if (index == 0) {
      throw new IOException("no interface " + name);
    }
    return index;
  }

  /** Lets the kernel finish checksums before a packet leaves; that ends segmentation as well. */
  static void checksumsInSoftware(String name) throws IOException {
    set(name, ETHTOOL_STXCSUM);
    segmentsInSoftware(name);
  }

  /** Lets no packet leave that is larger than the MTU. */
  static void segmentsInSoftware(String name) throws IOException {
    set(name, ETHTOOL_STSO);
    set(name, ETHTOOL_SGSO);
  }

  private static void set(String name, int command) throws IOException {
    ByteBuffer value = Libc.memory(8).putInt(0, command);
    ByteBuffer request = ByteBuffer.allocate(IFREQ_BYTES).order(ByteOrder.nativeOrder());
    request.put(name.getBytes(StandardCharsets.US_ASCII));
    long address = Libc.addressOf(value);
    if (Libc.LP64) {
      request.putLong(IFNAMSIZ, address);
    } else {
      request.putInt(IFNAMSIZ, (int) address);
    }
    int type = Libc.SOCK_DGRAM | Libc.SOCK_CLOEXEC;
    int fd = check("socket(AF_INET)", Libc.socket(Libc.AF_INET, type, 0));
    try {
      String call = "ioctl(SIOCETHTOOL, 0x" + Integer.toHexString(command) + ")";
      check(call, Libc.ioctl(fd, SIOCETHTOOL, request.array()));
    } finally {
      Libc.close(fd);
      Reference.reachabilityFence(value);
    }
  }
}
