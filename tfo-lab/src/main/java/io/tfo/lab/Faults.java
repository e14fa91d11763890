package io.tfo.lab;

import io.tfo.lab.Segment.Flag;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * Faults of the wire, and ways to combine them. A fault that counts segments goes on counting as
 * long as the object is used.
 */
public final class Faults {
  private static final byte[] NO_DATA = {};

  private Faults() {}

  /** Drops every SYN that carries data, as some firewalls do (RFC 7413, 7.1). */
  public static Fault dropSynData() {
    return drop(Faults::isSynWithData);
  }

  /** Drops the first few SYNs that carry data. */
  public static Fault dropSynData(int times) {
    return dropFirst(Faults::isSynWithData, times);
  }

  /** Drops the first few answers to a SYN. */
  public static Fault dropSynAck(int times) {
    return dropFirst(Segment::isSynAck, times);
  }

  /** Drops all segments of a kind. */
  public static Fault drop(Predicate<Segment> unwanted) {
    return segment -> unwanted.test(segment) ? Verdict.drop() : Verdict.pass(segment);
  }

  /** Drops the first few segments of a kind. */
  public static Fault dropFirst(Predicate<Segment> unwanted, int times) {
    return drop(first(unwanted, times));
  }

  /** Lets a fault see only the segments of a kind. */
  public static Fault only(Predicate<Segment> seen, Fault fault) {
    return segment -> seen.test(segment) ? fault.on(segment) : Verdict.pass(segment);
  }

  /** Lets a fault see only the segments after the first segment of a kind. */
  public static Fault after(Predicate<Segment> first, Fault fault) {
    AtomicBoolean behind = new AtomicBoolean();
    return segment -> {
      if (behind.get()) {
        return fault.on(segment);
      }
      behind.set(first.test(segment));
      return Verdict.pass(segment);
    };
  }

  /** Drops every segment. */
  public static Fault cut() {
    return segment -> Verdict.drop();
  }

  /**
   * Drops segments at random.
   *
   * @param rate how many of them, from 0 for none to 1 for all
   * @param seed decides which: the same seed drops the same ones, counted from the first
   */
  public static Fault loss(double rate, long seed) {
    if (!(rate >= 0 && rate <= 1)) {
      throw new IllegalArgumentException("rate " + rate);
    }
    Random random = new Random(seed);
    return drop(segment -> random.nextDouble() < rate);
  }

  /** Replaces the option of TCP Fast Open by NOPs, in both directions. */
  public static Fault stripFastOpenOption() {
    return edit(
        Segment::hasFastOpenOption, segment -> segment.withoutOptions(TcpOption::isFastOpen));
  }

  /** Replaces the option of TCP Fast Open by NOPs, in one direction. */
  public static Fault stripFastOpenOption(Segment.Direction direction) {
    return edit(
        segment -> segment.direction() == direction && segment.hasFastOpenOption(),
        segment -> segment.withoutOptions(TcpOption::isFastOpen));
  }

  /** Removes the data from every SYN, and lets the SYN pass. */
  public static Fault stripSynData() {
    return edit(Faults::isSynWithData, segment -> segment.withPayload(NO_DATA));
  }

  /** Inverts the cookie in every SYN, so that the server does not know it. */
  public static Fault spoilCookie() {
    return edit(
        segment ->
            segment.isSyn() && segment.fastOpenCookie().filter(c -> c.length > 0).isPresent(),
        segment -> segment.withOptions(segment.options().stream().map(Faults::spoilt).toList()));
  }

  /** Answers every SYN with an RST, and drops the SYN. */
  public static Fault resetSyn() {
    return edit(Segment::isSyn, Segment::reset);
  }

  /**
   * Ends a connection at the first segment of a kind: in its place both ends get an RST, as from a
   * firewall.
   */
  public static Fault reset(Predicate<Segment> which) {
    Predicate<Segment> first = first(which, 1);
    return segment ->
        first.test(segment)
            ? Verdict.replace(
                segment.reset(), segment.withPayload(NO_DATA).withFlags(Set.of(Flag.RST, Flag.ACK)))
            : Verdict.pass(segment);
  }

  /**
   * Rewrites the client's address, as a NAT in front of it does.
   *
   * @param inside the client's own address
   * @param outside the address that the server sees, by the client's port
   */
  public static Fault sourceNat(InetAddress inside, IntFunction<InetAddress> outside) {
    return segment ->
        Verdict.replace(
            segment.direction() == Segment.Direction.TO_SERVER
                ? segment.withSource(outside.apply(segment.source().getPort()))
                : segment.withDestination(inside));
  }

  /**
   * Rewrites the server's address, as a balancer that chooses the server by it does.
   *
   * @param outside the address that the client connects to
   * @param inside the address of the server, by the client's port
   */
  public static Fault destinationNat(InetAddress outside, IntFunction<InetAddress> inside) {
    return segment ->
        Verdict.replace(
            segment.direction() == Segment.Direction.TO_SERVER
                ? segment.withDestination(inside.apply(segment.source().getPort()))
                : segment.withSource(outside));
  }

  /** Replaces each segment of a kind by an edited copy. */
  public static Fault edit(Predicate<Segment> which, UnaryOperator<Segment> edit) {
    return segment ->
        which.test(segment) ? Verdict.replace(edit.apply(segment)) : Verdict.pass(segment);
  }

  /** Delivers the first few segments of a kind twice. */
  public static Fault duplicate(Predicate<Segment> which, int times) {
    Predicate<Segment> first = first(which, times);
    return segment -> first.test(segment) ? Verdict.duplicate(segment) : Verdict.pass(segment);
  }

  /** Delivers the first few segments of a kind late, so that later ones overtake them. */
  public static Fault delay(Predicate<Segment> which, int times, Duration extra) {
    Predicate<Segment> first = first(which, times);
    return segment -> first.test(segment) ? Verdict.delay(segment, extra) : Verdict.pass(segment);
  }

  /** Says whether a segment carries data. */
  public static boolean hasData(Segment segment) {
    return segment.payloadLength() > 0;
  }

  /** Says whether a segment opens a connection and carries data. */
  public static boolean isSynWithData(Segment segment) {
    return segment.isSyn() && hasData(segment);
  }

  private static Predicate<Segment> first(Predicate<Segment> which, int times) {
    AtomicInteger left = new AtomicInteger(times);
    return segment -> which.test(segment) && left.getAndUpdate(count -> Math.max(0, count - 1)) > 0;
  }

  private static TcpOption spoilt(TcpOption option) {
    if (!option.isFastOpen()) {
      return option;
    }
    byte[] data = option.data();
    for (int i = data.length - option.cookie().length; i < data.length; i++) {
      data[i] = (byte) ~data[i];
    }
    return new TcpOption(option.kind(), data);
  }
}
