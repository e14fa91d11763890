package io.tfo.lab.simulation;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Reads the socket addresses of another system, {@code sockaddr_in} and {@code sockaddr_in6}, and
 * writes them in the layout of Linux. After the family, all systems have the same layout.
 */
public final class ForeignSocketAddress {
  private static final int AF_INET = 2; // the same on every system
  private static final int SIZEOF_SOCKADDR_IN = 16;
  private static final int SIZEOF_SOCKADDR_IN6 = 28;
  private static final byte[] MAPPED_PREFIX = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1};

  private final boolean hasLength;
  private final int afInet6;

  private ForeignSocketAddress(boolean hasLength, int afInet6) {
    this.hasLength = hasLength;
    this.afInet6 = afInet6;
  }

  /**
   * Addresses of 4.4BSD: a byte with the length, and a byte with the family.
   *
   * @param afInet6 the system's AF_INET6
   */
  public static ForeignSocketAddress withLength(int afInet6) {
    return new ForeignSocketAddress(true, afInet6);
  }

  /**
   * Addresses that begin with the family, in two bytes.
   *
   * @param afInet6 the system's AF_INET6
   */
  public static ForeignSocketAddress withoutLength(int afInet6) {
    return new ForeignSocketAddress(false, afInet6);
  }

  /** Returns the family of an address by its number in Linux; 0 if TCP has no such family. */
  public int family(ByteBuffer address) {
    int family =
        hasLength ? address.get(1) : address.duplicate().order(ByteOrder.nativeOrder()).getShort(0);
    if (family == AF_INET) {
      return LinuxCalls.AF_INET;
    }
    return family == afInet6 ? LinuxCalls.AF_INET6 : 0;
  }

  /** Returns the length that an address says it has, in its first byte. */
  int length(ByteBuffer address) {
    return address.get(0);
  }

  /** Returns the length of an address of a family, which is one of {@link #family}. */
  public static int sizeOf(int family) {
    return family == LinuxCalls.AF_INET ? SIZEOF_SOCKADDR_IN : SIZEOF_SOCKADDR_IN6;
  }

  /** Returns an address in the layout of Linux; its family must be known. */
  public byte[] toLinux(ByteBuffer address) {
    int family = family(address);
    byte[] linux = new byte[sizeOf(family)];
    address.get(0, linux);
    ByteBuffer.wrap(linux).order(ByteOrder.nativeOrder()).putShort(0, (short) family);
    return linux;
  }

  /** Says whether an address, whose family must be known, is multicast; also if IPv4-mapped. */
  boolean isMulticast(ByteBuffer address) {
    if (family(address) == LinuxCalls.AF_INET) {
      return isMulticastIpv4(address.get(4));
    }
    byte[] prefix = new byte[MAPPED_PREFIX.length];
    address.get(8, prefix);
    return Arrays.equals(prefix, MAPPED_PREFIX)
        ? isMulticastIpv4(address.get(20))
        : address.get(8) == (byte) 0xff;
  }

  private static boolean isMulticastIpv4(byte first) {
    return (first & 0xf0) == 0xe0;
  }
}
