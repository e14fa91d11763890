package io.tfo.testkit.sim;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * {@code sockaddr_in} and {@code sockaddr_in6} with a length byte, decoded, and written anew for
 * Linux.
 */
final class BsdSocketAddress {
  private static final int SIZEOF_SOCKADDR_IN = 16;
  private static final int SIZEOF_SOCKADDR_IN6 = 28;

  private final int afInet6;
  private final int einval;
  private final int eafnosupport;

  /**
   * The addresses of one system.
   *
   * @param afInet6 its AF_INET6
   */
  BsdSocketAddress(int afInet6, int einval, int eafnosupport) {
    this.afInet6 = afInet6;
    this.einval = einval;
    this.eafnosupport = eafnosupport;
  }

  /** An address for Linux, or why there is none. */
  record Decoded(byte[] linux, int error) {}

  /**
   * Decodes an address. The systems themselves put the length that the call names into the first
   * byte; here that byte must be right, as their headers want it.
   *
   * @param domain Linux' number of the socket's family
   */
  Decoded decode(ByteBuffer address, int length, int domain) {
    if (length != address.get(0)) {
      return new Decoded(new byte[0], -einval);
    }
    int family = address.get(1);
    boolean ipv6 = family == afInet6;
    if (!ipv6 && family != Linux.AF_INET) {
      return new Decoded(new byte[0], -eafnosupport);
    }
    if (length != (ipv6 ? SIZEOF_SOCKADDR_IN6 : SIZEOF_SOCKADDR_IN)) {
      return new Decoded(new byte[0], -einval);
    }
    if (domain != (ipv6 ? Linux.AF_INET6 : Linux.AF_INET) || isMulticast(address, ipv6)) {
      return new Decoded(new byte[0], -eafnosupport);
    }
    byte[] linux = new byte[length];
    address.get(0, linux);
    linux[0] = (byte) domain;
    linux[1] = 0;
    return new Decoded(linux, 0);
  }

  private static boolean isMulticast(ByteBuffer address, boolean ipv6) {
    if (!ipv6) {
      return isMulticastIpv4(address.get(4));
    }
    byte[] mapped = new byte[12];
    mapped[10] = mapped[11] = (byte) 0xff;
    byte[] prefix = new byte[12];
    address.get(8, prefix);
    return Arrays.equals(prefix, mapped)
        ? isMulticastIpv4(address.get(20))
        : address.get(8) == (byte) 0xff;
  }

  private static boolean isMulticastIpv4(byte first) {
    return (first & 0xf0) == 0xe0;
  }
}
