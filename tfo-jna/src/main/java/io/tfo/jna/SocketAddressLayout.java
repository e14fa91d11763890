package io.tfo.jna;

import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The layout of {@code sockaddr_in} (16 bytes) and {@code sockaddr_in6} (28 bytes). On every system
 * the port is at offset 2; the IPv4 address at 4; the flow label at 4, the IPv6 address at 8, the
 * scope id at 24. The value of {@code AF_INET6} and the first two bytes differ.
 */
public enum SocketAddressLayout {
  /** {@code sys/socket.h} of Linux: the family is the first two bytes. */
  LINUX(10, false),

  /** {@code sys/socket.h} of FreeBSD: a byte for the length, and one for the family. */
  BSD(28, true),

  /** {@code sys/socket.h} of macOS: a byte for the length, and one for the family. */
  DARWIN(30, true),

  /** {@code ws2def.h} of Windows: the family is the first two bytes. */
  WINDOWS(23, false);

  /** {@code AF_INET}: 2 on every system. */
  private static final int AF_INET = 2;

  /** The size of the larger of the two: {@code sizeof(struct sockaddr_in6)}. */
  public static final int MAX_LENGTH = 28;

  private static final int SIZEOF_SOCKADDR_IN = 16;
  private static final int PORT = 2;
  private static final int IPV4_ADDRESS = 4;
  private static final int FLOW_INFO = 4;
  private static final int IPV6_ADDRESS = 8;
  private static final int SCOPE_ID = 24;

  private final int afInet6;
  private final boolean lengthByte;

  SocketAddressLayout(int afInet6, boolean lengthByte) {
    this.afInet6 = afInet6;
    this.lengthByte = lengthByte;
  }

  /**
   * Writes an address from position 0 on.
   *
   * @param address a resolved address
   * @param ipv6Socket whether the socket is of the family {@code AF_INET6}: it takes an IPv4
   *     address as {@code ::ffff:a.b.c.d}
   * @param to at least {@link #MAX_LENGTH} bytes in native order
   * @return the length written, in bytes; 0 if the socket cannot be connected to such an address,
   *     or only with a scope id that the JDK looks up
   */
  public int write(InetSocketAddress address, boolean ipv6Socket, ByteBuffer to) {
    InetAddress ip = address.getAddress();
    if (!ipv6Socket) {
      return ip instanceof Inet4Address ? writeIpv4(ip, address.getPort(), to) : 0;
    }
    if (ip.isLinkLocalAddress() && ip instanceof Inet6Address v6 && v6.getScopeId() == 0) {
      return 0;
    }
    return writeIpv6(ip, address.getPort(), to);
  }

  private int writeIpv4(InetAddress ip, int port, ByteBuffer to) {
    writeHead(AF_INET, SIZEOF_SOCKADDR_IN, port, to);
    to.put(IPV4_ADDRESS, ip.getAddress());
    to.putLong(IPV4_ADDRESS + 4, 0);
    return SIZEOF_SOCKADDR_IN;
  }

  private int writeIpv6(InetAddress ip, int port, ByteBuffer to) {
    writeHead(afInet6, MAX_LENGTH, port, to);
    to.putInt(FLOW_INFO, 0);
    if (ip instanceof Inet6Address v6) {
      to.put(IPV6_ADDRESS, v6.getAddress());
      to.putInt(SCOPE_ID, v6.getScopeId());
    } else {
      to.putLong(IPV6_ADDRESS, 0);
      to.putShort(IPV6_ADDRESS + 8, (short) 0);
      to.putShort(IPV6_ADDRESS + 10, (short) 0xffff);
      to.put(IPV6_ADDRESS + 12, ip.getAddress());
      to.putInt(SCOPE_ID, 0);
    }
    return MAX_LENGTH;
  }

  private void writeHead(int family, int length, int port, ByteBuffer to) {
    if (lengthByte) {
      to.put(0, (byte) length).put(1, (byte) family);
    } else {
      to.putShort(0, (short) family);
    }
    boolean little = to.order() == ByteOrder.LITTLE_ENDIAN;
    to.putShort(PORT, little ? Short.reverseBytes((short) port) : (short) port);
  }
}
