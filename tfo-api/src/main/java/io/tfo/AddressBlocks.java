package io.tfo;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Blocks of addresses in CIDR notation (RFC 4632, 3.1; RFC 4291, 2.3), as a predicate that accepts
 * the addresses in them, at every port. It does not accept an unresolved address. An IPv4-mapped
 * IPv6 address counts as the IPv4 address.
 */
public final class AddressBlocks implements Predicate<InetSocketAddress> {
  /**
   * Matches address literals only: any other text, such as 10.0.0.256, would be looked up as a
   * name.
   */
  private static final Pattern LITERAL =
      Pattern.compile(
          "((25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])(\\.(?!$)|$)){4}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");

  private final List<Block> blocks;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Block(byte[] network, int prefix) {
    boolean contains(byte[] address) {
      if (address.length != network.length) {
        return false;
      }
      int bits = prefix;
      for (int i = 0; i < network.length && bits > 0; i++, bits -= Byte.SIZE) {
        int mask = bits >= Byte.SIZE ? 0xff : 0xff << (Byte.SIZE - bits);
        if (((network[i] ^ address[i]) & mask) != 0) {
          return false;
        }
      }
      return true;
    }

    @Override
    public String toString() {
      try {
        return InetAddress.getByAddress(network).getHostAddress() + "/" + prefix;
      } catch (UnknownHostException e) {
        throw new AssertionError(e);
      }
    }
  }

  private AddressBlocks(List<Block> blocks) {
    this.blocks = blocks;
  }

  /**
   * Parses blocks.
   *
   * @param text the blocks, with commas between them, such as {@code 10.0.0.0/8, fd00::/8}. An
   *     address without a prefix is a block of its own
   * @return the blocks
   * @throws IllegalArgumentException if the text is malformed, or an address has bits set after its
   *     prefix; the message names the block
   */
  public static AddressBlocks parse(CharSequence text) {
    List<Block> blocks = new ArrayList<>();
    for (String block : text.toString().split(",", -1)) {
      blocks.add(block(block.strip()));
    }
    return new AddressBlocks(List.copyOf(blocks));
  }

  private static Block block(String text) {
    String[] parts = text.split("/", 2);
    byte[] network = address(parts[0], text);
    int bits = network.length * Byte.SIZE;
    int prefix = parts.length == 1 ? bits : prefix(parts[1], bits, text);
    Block block = new Block(network, prefix);
    for (int bit = prefix; bit < bits; bit++) {
      if ((network[bit / Byte.SIZE] & (0x80 >> bit % Byte.SIZE)) != 0) {
        throw malformed(text, "the address has bits set after its prefix");
      }
    }
    return block;
  }

  private static byte[] address(String literal, String text) {
    try {
      if (LITERAL.matcher(literal).matches()) {
        byte[] address = InetAddress.getByName(literal).getAddress();
        if (literal.contains(":") && address.length == 4) {
          throw malformed(text, "an IPv4-mapped IPv6 address must be written as IPv4");
        }
        return address;
      }
    } catch (UnknownHostException e) {
      // Such as 1:2.
    }
    throw malformed(text, "must be an address and a prefix, such as 10.0.0.0/8");
  }

  private static int prefix(String number, int bits, String text) {
    try {
      int prefix = Integer.parseInt(number);
      if (prefix >= 0 && prefix <= bits) {
        return prefix;
      }
    } catch (NumberFormatException e) {
      // The exception below says so.
    }
    throw malformed(text, "the prefix must be a number from 0 to " + bits);
  }

  private static IllegalArgumentException malformed(String text, String reason) {
    return new IllegalArgumentException(String.format(Locale.ROOT, "block '%s': %s", text, reason));
  }

  @Override
  public boolean test(InetSocketAddress address) {
    return !address.isUnresolved() && contains(address.getAddress());
  }

  /**
   * Returns whether an address is in one of the blocks.
   *
   * @param address the address
   * @return whether it is
   */
  public boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    for (Block block : blocks) {
      if (block.contains(bytes)) {
        return true;
      }
    }
    return false;
  }

  /**
   * Returns the shortest prefix of an IPv4 or an IPv6 block: the larger the block, the shorter.
   *
   * @param family {@code Inet4Address.class} or {@code Inet6Address.class}
   * @return the length in bits; that of an address if there is no such block
   */
  public int shortestPrefix(Class<? extends InetAddress> family) {
    int length = family == Inet4Address.class ? 4 : 16;
    return blocks.stream()
        .filter(block -> block.network().length == length)
        .mapToInt(Block::prefix)
        .min()
        .orElse(length * Byte.SIZE);
  }

  /** Returns the blocks, as {@link #parse} takes them. */
  @Override
  public String toString() {
    return blocks.stream()
        .map(block -> block.toString().toLowerCase(Locale.ROOT))
        .collect(Collectors.joining(","));
  }
}
