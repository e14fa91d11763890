package io.tfo.lab.simulation;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * {@code sockaddr_in} and {@code sockaddr_in6} with a length byte, decoded, and written anew for
 * Linux.
 */
public final class BsdSocketAddress {
  private static final int SIZEOF_SOCKADDR_IN = 16;
  private static final int SIZEOF_SOCKADDR_IN6 = 28;

  private final int afInet6;
  private final int einval;
  private final int eafnosupport;

  /**
   * The addresses of one system.
   *
   * @param afInet6 its AF_INET6
   * @param einval its EINVAL
   * @param eafnosupport its EAFNOSUPPORT
   */
  public BsdSocketAddress(int afInet6, int einval, int eafnosupport) {
    this.afInet6 = afInet6;
    this.einval = einval;
    this.eafnosupport = eafnosupport;
  }

  /**
   * Checks an address as strictly as the headers allow. The systems themselves overwrite the first
   * byte with the length that the call names; here that byte must be right already.
   *
   * @param address the address, from position 0
   * @param length the length that the call names, in bytes
   * @param domain Linux' number of the socket's family
   * @return 0, or the negative error of the call
   */
  public int check(ByteBuffer address, int length, int domain) {
    if (length != address.get(0)) {
      return -einval;
    }
    int family = address.get(1);
    boolean ipv6 = family == afInet6;
    if (!ipv6 && family != Linux.AF_INET) {
      return -eafnosupport;
    }
    if (length != (ipv6 ? SIZEOF_SOCKADDR_IN6 : SIZEOF_SOCKADDR_IN)) {
      return -einval;
    }
    boolean right = domain == (ipv6 ? Linux.AF_INET6 : Linux.AF_INET);
    return right && !isMulticast(address, ipv6) ? 0 : -eafnosupport;
  }

  /**
   * Writes an address anew for Linux.
   *
   * @param address an address that {@link #check} has accepted
   * @param length its length in bytes
   * @param domain Linux' number of the socket's family
   * @return the address as Linux lays it out
   */
  public byte[] toLinux(ByteBuffer address, int length, int domain) {
    byte[] linux = new byte[length];
    address.get(0, linux);
    linux[0] = (byte) domain;
    linux[1] = 0;
    return linux;
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
