package io.tfo.lab;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Names one of the two hosts, and gives its addresses. */
enum HostRole {
  CLIENT(1),
  SERVER(2);

  static final int IPV4_PREFIX = 24;
  static final int IPV6_PREFIX = 64;

  private final byte number;

  HostRole(int number) {
    this.number = (byte) number;
  }

  Inet4Address ipv4() {
    try {
      return (Inet4Address) InetAddress.getByAddress(new byte[] {10, 77, 0, number});
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  Inet6Address ipv6() {
    return ipv6(0xfd, 0x77, -1);
  }

  /** Returns the link-local address, in the scope of an interface. */
  Inet6Address linkLocal(int interfaceIndex) {
    return ipv6(0xfe, 0x80, interfaceIndex);
  }

  private Inet6Address ipv6(int first, int second, int scope) {
    byte[] address = new byte[16];
    address[0] = (byte) first;
    address[1] = (byte) second;
    address[15] = number;
    try {
      return Inet6Address.getByAddress(null, address, scope);
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
