package io.tfo.lab;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** A TCP segment as the wire saw it. Immutable; the {@code with} methods return edited copies. */
public final class Segment {

  /** Which way a segment travels. */
  public enum Direction {
    /** From the client to the server. */
    TO_SERVER,
    /** From the server to the client. */
    TO_CLIENT;

    /** Returns the other way. */
    public Direction opposite() {
      return this == TO_SERVER ? TO_CLIENT : TO_SERVER;
    }
  }

  /** What the wire did with a segment. */
  public enum Fate {
    /** Handed on as it was. */
    DELIVERED,
    /** Handed on later than the delay of the wire says. */
    DELAYED,
    /** Handed on more than once. */
    DUPLICATED,
    /** Never handed on, but replaced by segments that follow in the record as {@link #ADDED}. */
    CHANGED,
    /** Never handed on. */
    DROPPED,
    /** Made by a fault. */
    ADDED
  }

  /** The control bits of the TCP header (RFC 9293, 3.1). */
  public enum Flag {
    /** No more data. */
    FIN(0x01),
    /** Synchronize sequence numbers. */
    SYN(0x02),
    /** Reset. */
    RST(0x04),
    /** Push. */
    PSH(0x08),
    /** The acknowledgment counts. */
    ACK(0x10),
    /** The urgent pointer counts. */
    URG(0x20),
    /** ECN echo. */
    ECE(0x40),
    /** Congestion window reduced. */
    CWR(0x80);

    private final int bit;

    Flag(int bit) {
      this.bit = bit;
    }

    private int bit() {
      return bit;
    }
  }

  private final Packet packet;
  private final Direction direction;
  private final Duration at;
  private final Fate fate;

  Segment(Packet packet, Direction direction, Duration at, Fate fate) {
    this.packet = packet;
    this.direction = direction;
    this.at = at;
    this.fate = fate;
  }

  /** Returns when the wire saw the segment, counted from the opening of the lab. */
  public Duration at() {
    return at;
  }

  /** Returns which way it travels. */
  public Direction direction() {
    return direction;
  }

  /** Returns what the wire did with it. */
  public Fate fate() {
    return fate;
  }

  /** Returns the sender; a link-local address comes without its scope. */
  public InetSocketAddress source() {
    return packet.source();
  }

  /** Returns the receiver; a link-local address comes without its scope. */
  public InetSocketAddress destination() {
    return packet.destination();
  }

  /** Returns the control bits. */
  public Set<Flag> flags() {
    EnumSet<Flag> flags = EnumSet.allOf(Flag.class);
    flags.removeIf(flag -> !has(flag));
    return Collections.unmodifiableSet(flags);
  }

  /** Says whether a control bit is set. */
  public boolean has(Flag flag) {
    return (packet.flags() & flag.bit()) != 0;
  }

  /** Returns the sequence number, unsigned. */
  public long sequence() {
    return packet.sequence();
  }

  /** Returns the acknowledgment number, unsigned. */
  public long acknowledgment() {
    return packet.acknowledgment();
  }

  /** Returns the window as it stands in the header, without its scale. */
  public int window() {
    return packet.window();
  }

  /** Returns the options, NOPs included, up to the first one that is malformed. */
  public List<TcpOption> options() {
    return packet.options();
  }

  /** Returns a copy of the data. */
  public byte[] payload() {
    return packet.payload();
  }

  /** Returns how many bytes of data it carries. */
  public int payloadLength() {
    return packet.payloadLength();
  }

  /** Says whether it opens a connection: SYN without ACK. */
  public boolean isSyn() {
    return has(Flag.SYN) && !has(Flag.ACK);
  }

  /** Says whether it answers a SYN: SYN with ACK. */
  public boolean isSynAck() {
    return has(Flag.SYN) && has(Flag.ACK);
  }

  /** Says whether it carries the option of TCP Fast Open, 34 or the experiment before it. */
  public boolean hasFastOpenOption() {
    return fastOpenCookie().isPresent();
  }

  /** Returns the cookie of TCP Fast Open; empty bytes are the request for a cookie. */
  public Optional<byte[]> fastOpenCookie() {
    return options().stream().filter(TcpOption::isFastOpen).map(TcpOption::cookie).findFirst();
  }

  /** Says whether the TCP checksum is right. */
  public boolean checksumIsRight() {
    return packet.intact();
  }

  /**
   * Returns a copy with other options, padded by NOPs.
   *
   * @throws IllegalArgumentException if they take more than 40 bytes
   */
  public Segment withOptions(List<TcpOption> options) {
    return edited(packet.edit(packet.flags(), options, payload()));
  }

  /** Returns a copy with NOPs in the place of one kind of option. */
  public Segment withoutOption(int kind) {
    return withoutOptions(option -> option.kind() == kind);
  }

  Segment withoutOptions(Predicate<TcpOption> unwanted) {
    TcpOption nop = new TcpOption(TcpOption.NOP, new byte[0]);
    List<TcpOption> kept = new ArrayList<>();
    for (TcpOption option : options()) {
      if (unwanted.test(option)) {
        kept.addAll(Collections.nCopies(option.encodedLength(), nop));
      } else {
        kept.add(option);
      }
    }
    return withOptions(kept);
  }

  /** Returns a copy from another address, as behind a NAT. */
  public Segment withSource(InetAddress address) {
    return edited(packet.readdress(true, address));
  }

  /** Returns a copy to another address, as behind a balancer that rewrites it. */
  public Segment withDestination(InetAddress address) {
    return edited(packet.readdress(false, address));
  }

  /** Returns a copy with other data. */
  public Segment withPayload(byte[] payload) {
    return edited(packet.edit(packet.flags(), options(), payload));
  }

  /** Returns a copy with other control bits. */
  public Segment withFlags(Set<Flag> flags) {
    int bits = flags.stream().mapToInt(Flag::bit).sum();
    return edited(packet.edit(bits, options(), payload()));
  }

  /** Returns the RST with which a closed port would answer, on its way back (RFC 9293, 3.5.2). */
  public Segment reset() {
    Packet answer;
    if (has(Flag.ACK)) {
      answer = packet.answer(Flag.RST.bit(), acknowledgment(), 0);
    } else {
      int occupied = payloadLength() + (has(Flag.SYN) ? 1 : 0) + (has(Flag.FIN) ? 1 : 0);
      answer = packet.answer(Flag.RST.bit() | Flag.ACK.bit(), 0, sequence() + occupied);
    }
    return new Segment(answer, direction.opposite(), at, Fate.ADDED);
  }

  private Segment edited(Packet edited) {
    return new Segment(edited, direction, at, Fate.ADDED);
  }

  Segment withFate(Fate other) {
    return new Segment(packet, direction, at, other);
  }

  byte[] bytes() {
    return packet.bytes();
  }

  /** Returns one line, like those of tcpdump. */
  @Override
  public String toString() {
    String names = flags().stream().map(Objects::toString).collect(Collectors.joining(" "));
    String shown =
        options().stream()
            .filter(option -> option.kind() != TcpOption.NOP)
            .map(Objects::toString)
            .collect(Collectors.joining(", "));
    return String.format(
        Locale.ROOT,
        "%10.3f ms %s %s > %s [%s] seq %d ack %d win %d length %d <%s> %s",
        at.toNanos() / 1e6,
        direction == Direction.TO_SERVER ? "->" : "<-",
        name(source()),
        name(destination()),
        names,
        sequence(),
        acknowledgment(),
        window(),
        payloadLength(),
        shown,
        fate.name().toLowerCase(Locale.ROOT));
  }

  private static String name(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }
}
