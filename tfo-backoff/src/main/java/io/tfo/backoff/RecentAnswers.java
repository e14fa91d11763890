package io.tfo.backoff;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * The times when SYNs with data were last answered. Destinations share the slots by their hash, so
 * that no destination has to be stored. A slot holds the rest of the hash beside the time, so that
 * two destinations are hardly ever confused. Times are in nanoseconds by one clock, and kept in
 * milliseconds.
 */
final class RecentAnswers {
  private static final int SLOT_BITS = 10;
  private static final int TAG_BITS = Integer.SIZE - SLOT_BITS;
  private static final long TAG = (1L << TAG_BITS) - 1;
  private static final long NANOS_IN_MILLI = Duration.ofMillis(1).toNanos();

  /** How long an answer counts as a recent one. */
  private static final long RECENT = Duration.ofHours(1).toMillis();

  /** A slot is not written for each connect, because all threads share it. */
  private static final long APART = 8;

  private final long origin;

  /** The tag in the lower bits, and the time above them; 0 for none. */
  private final AtomicLongArray slots = new AtomicLongArray(1 << SLOT_BITS);

  RecentAnswers(long origin) {
    this.origin = origin;
  }

  /** A connect that began at this time was answered. */
  void add(InetSocketAddress destination, long start) {
    int hash = hash(destination);
    long time = millis(start);
    long last = time(hash);
    if (last == 0 || time - last >= APART) {
      slots.set(slot(hash), time << TAG_BITS | (hash & TAG));
    }
  }

  /** Whether a connect that began later was answered. */
  boolean isAfter(InetSocketAddress destination, long start) {
    return time(hash(destination)) > millis(start);
  }

  /** Whether a connect was answered recently. */
  boolean has(InetSocketAddress destination, long now) {
    long time = time(hash(destination));
    return time != 0 && millis(now) - time < RECENT;
  }

  private long millis(long nanos) {
    return Math.max(0, (nanos - origin) / NANOS_IN_MILLI) + 1;
  }

  private long time(int hash) {
    long value = slots.get(slot(hash));
    return (value & TAG) == (hash & TAG) ? value >>> TAG_BITS : 0;
  }

  private static int slot(int hash) {
    return hash >>> TAG_BITS;
  }

  /** Spreads addresses and ports that follow each other; an odd factor keeps all bits. */
  private static int hash(InetSocketAddress destination) {
    InetAddress address = destination.getAddress();
    int host = address.hashCode() + 31 * ScopedKey.scope(address);
    int mixed = host * 0x9E3779B1 + destination.getPort();
    mixed *= 0x85EBCA6B;
    return mixed ^ (mixed >>> 15);
  }
}
