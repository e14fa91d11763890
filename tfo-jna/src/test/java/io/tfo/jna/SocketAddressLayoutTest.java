package io.tfo.jna;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** The bytes are written down from the headers: see {@code netinet/in.h}. */
class SocketAddressLayoutTest {
  private static final byte[] V4 = {(byte) 192, 0, 2, 33};
  private static final byte[] V6 = HexFormat.of().parseHex("20010db8000000000000000000000abc");
  private static final byte[] LINK_LOCAL =
      HexFormat.of().parseHex("fe80000000000000a00000fffe000001");
  private static final int PORT = 0xC0DE;

  @Test
  void writesAnIpv4AddressForAnIpv4Socket() throws Exception {
    assertThat(write(InetAddress.getByAddress(V4), false, ByteOrder.LITTLE_ENDIAN))
        .isEqualTo("0200" + "c0de" + "c0000221" + "0000000000000000");
    assertThat(write(InetAddress.getByAddress(V4), false, ByteOrder.BIG_ENDIAN))
        .isEqualTo("0002" + "c0de" + "c0000221" + "0000000000000000");
  }

  @Test
  void mapsAnIpv4AddressForAnIpv6Socket() throws Exception {
    assertThat(write(InetAddress.getByAddress(V4), true, ByteOrder.LITTLE_ENDIAN))
        .isEqualTo("0a00" + "c0de" + "00000000" + "00000000000000000000ffffc0000221" + "00000000");
    assertThat(write(InetAddress.getByAddress(V4), true, ByteOrder.BIG_ENDIAN))
        .isEqualTo("000a" + "c0de" + "00000000" + "00000000000000000000ffffc0000221" + "00000000");
  }

  @Test
  void writesAnIpv6Address() throws Exception {
    assertThat(write(InetAddress.getByAddress(V6), true, ByteOrder.LITTLE_ENDIAN))
        .isEqualTo("0a00" + "c0de" + "00000000" + "20010db8000000000000000000000abc" + "00000000");
    assertThat(write(InetAddress.getByAddress(V6), true, ByteOrder.BIG_ENDIAN))
        .isEqualTo("000a" + "c0de" + "00000000" + "20010db8000000000000000000000abc" + "00000000");
  }

  @Test
  void writesTheScopeInTheOrderOfTheMachine() throws Exception {
    InetAddress scoped = Inet6Address.getByAddress("scoped", LINK_LOCAL, 0x01020304);

    assertThat(write(scoped, true, ByteOrder.LITTLE_ENDIAN))
        .isEqualTo("0a00" + "c0de" + "00000000" + "fe80000000000000a00000fffe000001" + "04030201");
    assertThat(write(scoped, true, ByteOrder.BIG_ENDIAN))
        .isEqualTo("000a" + "c0de" + "00000000" + "fe80000000000000a00000fffe000001" + "01020304");
  }

  @Test
  void leavesALinkLocalAddressWithoutAScopeToTheJdk() throws Exception {
    assertThat(write(InetAddress.getByAddress(LINK_LOCAL), true, ByteOrder.nativeOrder()))
        .isEmpty();
  }

  @Test
  void mapsALinkLocalIpv4AddressWhichNeedsNoScope() throws Exception {
    InetAddress v4LinkLocal = InetAddress.getByAddress(new byte[] {(byte) 169, (byte) 254, 1, 2});

    assertThat(write(v4LinkLocal, true, ByteOrder.BIG_ENDIAN))
        .isEqualTo("000a" + "c0de" + "00000000" + "00000000000000000000ffffa9fe0102" + "00000000");
  }

  @Test
  void hasNoIpv6AddressForAnIpv4Socket() throws Exception {
    assertThat(write(InetAddress.getByAddress(V6), false, ByteOrder.nativeOrder())).isEmpty();
  }

  @Test
  void writesTheSmallestAndTheLargestPort() throws Exception {
    ByteBuffer to = ByteBuffer.allocate(28).order(ByteOrder.LITTLE_ENDIAN);
    for (int port : new int[] {0, 1, 255, 256, 65535}) {
      assertThat(
              SocketAddressLayout.LINUX.write(
                  new InetSocketAddress(InetAddress.getByAddress(V4), port), false, to))
          .isEqualTo(16);
      assertThat((to.get(2) & 0xff) << 8 | (to.get(3) & 0xff)).isEqualTo(port);
    }
  }

  /** Writes into a buffer that is full of another address, up to the limits of its memory. */
  private static String write(InetAddress ip, boolean ipv6Socket, ByteOrder order)
      throws UnknownHostException {
    ByteBuffer to = ByteBuffer.allocateDirect(SocketAddressLayout.MAX_LENGTH).order(order);
    for (int i = 0; i < to.capacity(); i++) {
      to.put(i, (byte) 0x55);
    }
    int length = SocketAddressLayout.LINUX.write(new InetSocketAddress(ip, PORT), ipv6Socket, to);
    assertThat(to.position()).isZero();
    byte[] written = new byte[length];
    to.get(0, written);
    return HexFormat.of().formatHex(written);
  }
}
