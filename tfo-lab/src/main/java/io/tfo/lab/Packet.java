package io.tfo.lab;

import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A TCP segment in its IP packet, byte for byte (RFC 791, RFC 8200, RFC 9293). */
final class Packet {
  private static final int PROTOCOL_TCP = 6;
  private static final int IPV4_BYTES = 20;
  private static final int IPV6_BYTES = 40;
  private static final int TCP_BYTES = 20;
  private static final int MAX_OPTIONS_BYTES = 40;

  private final byte[] bytes;
  private final ByteBuffer buffer;
  private final boolean ipv4;
  private final int tcp;
  private final int data;

  private Packet(byte[] bytes, int tcp) {
    this.bytes = bytes;
    this.tcp = tcp;
    buffer = ByteBuffer.wrap(bytes);
    ipv4 = bytes[0] >> 4 == 4;
    data = tcp + ((bytes[tcp + 12] & 0xf0) >> 2);
  }

  /** Parses a packet; returns null if it is not a whole TCP segment directly after an IP header. */
  static @Nullable Packet parse(byte[] bytes) {
    ByteBuffer ip = ByteBuffer.wrap(bytes);
    int tcp;
    int end;
    if (bytes.length >= IPV4_BYTES && bytes[0] >> 4 == 4) {
      boolean fragment = (ip.getShort(6) & 0x3fff) != 0;
      tcp = bytes[9] == PROTOCOL_TCP && !fragment ? (bytes[0] & 0x0f) << 2 : 0;
      end = Short.toUnsignedInt(ip.getShort(2));
    } else if (bytes.length >= IPV6_BYTES && bytes[0] >> 4 == 6) {
      tcp = bytes[6] == PROTOCOL_TCP ? IPV6_BYTES : 0;
      end = IPV6_BYTES + Short.toUnsignedInt(ip.getShort(4));
    } else {
      return null;
    }
    if (tcp < IPV4_BYTES || end > bytes.length || tcp + TCP_BYTES > end) {
      return null;
    }
    Packet packet = new Packet(end == bytes.length ? bytes : Arrays.copyOf(bytes, end), tcp);
    return packet.data < tcp + TCP_BYTES || packet.data > end ? null : packet;
  }

  byte[] bytes() {
    return bytes;
  }

  InetSocketAddress source() {
    return address(ipv4 ? 12 : 8, tcp);
  }

  InetSocketAddress destination() {
    return address(ipv4 ? 16 : 24, tcp + 2);
  }

  private InetSocketAddress address(int address, int port) {
    try {
      byte[] raw = Arrays.copyOfRange(bytes, address, address + addressBytes());
      return new InetSocketAddress(
          InetAddress.getByAddress(raw), Short.toUnsignedInt(buffer.getShort(port)));
    } catch (UnknownHostException e) {
      throw new AssertionError(e);
    }
  }

  private int addressBytes() {
    return ipv4 ? 4 : 16;
  }

  long sequence() {
    return Integer.toUnsignedLong(buffer.getInt(tcp + 4));
  }

  long acknowledgment() {
    return Integer.toUnsignedLong(buffer.getInt(tcp + 8));
  }

  int flags() {
    return bytes[tcp + 13] & 0xff;
  }

  int window() {
    return Short.toUnsignedInt(buffer.getShort(tcp + 14));
  }

  List<TcpOption> options() {
    return TcpOption.decode(bytes, tcp + TCP_BYTES, data);
  }

  byte[] payload() {
    return Arrays.copyOfRange(bytes, data, bytes.length);
  }

  int payloadLength() {
    return bytes.length - data;
  }

  /** Returns this packet with other flags, options and payload, and with right checksums. */
  Packet edit(int flags, List<TcpOption> options, byte[] payload) {
    ByteArrayOutputStream encoded = new ByteArrayOutputStream();
    options.forEach(option -> option.encode(encoded));
    while (encoded.size() % 4 != 0) {
      encoded.write(TcpOption.NOP);
    }
    if (encoded.size() > MAX_OPTIONS_BYTES) {
      throw new IllegalArgumentException("more than 40 bytes of options: " + options);
    }
    int header = TCP_BYTES + encoded.size();
    byte[] edited = Arrays.copyOf(bytes, tcp + header + payload.length);
    System.arraycopy(encoded.toByteArray(), 0, edited, tcp + TCP_BYTES, encoded.size());
    System.arraycopy(payload, 0, edited, tcp + header, payload.length);
    edited[tcp + 12] = (byte) (header << 2);
    edited[tcp + 13] = (byte) flags;
    return new Packet(edited, tcp).sealed();
  }

  /** Returns a packet back to the source of this one, without options and payload. */
  Packet answer(int flags, long sequence, long acknowledgment) {
    Packet answer = edit(flags, List.of(), new byte[0]);
    int length = addressBytes();
    int from = ipv4 ? 12 : 8;
    System.arraycopy(bytes, from, answer.bytes, from + length, length);
    System.arraycopy(bytes, from + length, answer.bytes, from, length);
    answer.buffer.putShort(tcp, buffer.getShort(tcp + 2));
    answer.buffer.putShort(tcp + 2, buffer.getShort(tcp));
    answer.buffer.putInt(tcp + 4, (int) sequence).putInt(tcp + 8, (int) acknowledgment);
    return answer.sealed();
  }

  /** Returns this packet with another address of the same family, and with right checksums. */
  Packet readdress(boolean source, InetAddress address) {
    byte[] raw = address.getAddress();
    if (raw.length != addressBytes()) {
      throw new IllegalArgumentException("an address of another family: " + address);
    }
    byte[] edited = bytes.clone();
    System.arraycopy(raw, 0, edited, (ipv4 ? 12 : 8) + (source ? 0 : raw.length), raw.length);
    return new Packet(edited, tcp).sealed();
  }

  /** Writes lengths and checksums; only for a packet that is not shared yet. */
  private Packet sealed() {
    int length = bytes.length - tcp;
    if (ipv4) {
      buffer.putShort(2, (short) bytes.length).putShort(10, (short) 0);
      buffer.putShort(10, checksum(sum(0, tcp)));
    } else {
      buffer.putShort(4, (short) length);
    }
    buffer.putShort(tcp + 16, (short) 0);
    int addresses = ipv4 ? 12 : 8;
    long pseudoHeader = PROTOCOL_TCP + length + sum(addresses, addresses + 2 * addressBytes());
    buffer.putShort(tcp + 16, checksum(pseudoHeader + sum(tcp, bytes.length)));
    return this;
  }

  /** Says whether the TCP checksum is right. */
  boolean intact() {
    short checksum = buffer.getShort(tcp + 16);
    return checksum == new Packet(bytes.clone(), tcp).sealed().buffer.getShort(tcp + 16);
  }

  private long sum(int from, int to) {
    long sum = 0;
    for (int i = from; i < to - 1; i += 2) {
      sum += Short.toUnsignedInt(buffer.getShort(i));
    }
    return (to - from) % 2 == 0 ? sum : sum + ((bytes[to - 1] & 0xff) << 8);
  }

  /** Returns the complement of the sum in ones' complement arithmetic (RFC 1071). */
  private static short checksum(long sum) {
    long folded = sum;
    while (folded >> 16 != 0) {
      folded = (folded & 0xffff) + (folded >> 16);
    }
    return (short) ~folded;
  }
}
