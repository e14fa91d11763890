package io.tfo;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;

/**
 * Derives keys from a secret and the time, so that a fleet of servers that share the secret changes
 * its keys in step, without communication.
 *
 * <p>Time is divided into periods, counted from 1970-01-01T00:00Z. In a period, its own key is the
 * primary one. The backup key is the previous period's key in the first half, and the next period's
 * key in the second half. So a cookie is accepted for at least half a period after it was issued,
 * and for one and a half at most. Servers whose clocks differ by less than half a period accept
 * each other's cookies at every moment. A client that does not connect for longer asks for a new
 * cookie once.
 *
 * <p>The derivation, for programs that have to do the same: HKDF with SHA-256 (RFC 5869).
 *
 * <pre>
 * PRK    = HKDF-Extract(salt = "io.tfo FastOpenKeys 1" in ASCII, IKM = the secret)
 * key(n) = HKDF-Expand(PRK, info = n, period in seconds; L = 16)
 * n      = floor(seconds since 1970-01-01T00:00Z / period in seconds)
 * </pre>
 *
 * <p>where {@code n} and the period in {@code info} are 8 bytes each, big-endian.
 *
 * <p>Safe for use by multiple threads. {@link #close()} wipes what is kept of the secret.
 */
public final class FastOpenKeySchedule implements FastOpenKeySource, AutoCloseable {
  private static final byte[] SALT = "io.tfo FastOpenKeys 1".getBytes(StandardCharsets.US_ASCII);
  private static final long LEAST_SECONDS = 2;

  private final byte[] pseudorandomKey;
  private final long periodSeconds;
  private boolean wiped;

  private FastOpenKeySchedule(byte[] pseudorandomKey, long periodSeconds) {
    this.pseudorandomKey = pseudorandomKey;
    this.periodSeconds = periodSeconds;
  }

  /**
   * Creates a schedule.
   *
   * @param secret the secret that the fleet shares, of any length but 0; it is not kept, and the
   *     caller wipes it. 32 random bytes suit
   * @param period how long a key is the primary one, in whole seconds, at least 2. It should be
   *     more than twice the difference of the fleet's clocks, and more than twice the time after
   *     which clients come back; a day suits
   * @return the schedule
   * @throws IllegalArgumentException if the secret is empty, or the period is malformed
   */
  public static FastOpenKeySchedule of(byte[] secret, Duration period) {
    if (secret.length == 0) {
      throw new IllegalArgumentException("the secret is empty");
    }
    if (period.getNano() != 0 || period.getSeconds() < LEAST_SECONDS) {
      throw new IllegalArgumentException(
          "the period must be in whole seconds, at least " + LEAST_SECONDS + ": " + period);
    }
    return new FastOpenKeySchedule(Hkdf.extract(SALT, secret), period.getSeconds());
  }

  /** Returns how long a key is the primary one. */
  public Duration period() {
    return Duration.ofSeconds(periodSeconds);
  }

  /**
   * Returns the keys at a time: two, always.
   *
   * @throws IllegalStateException if the schedule is closed
   */
  @Override
  public FastOpenKeys keysAt(Instant time) {
    long period = Math.floorDiv(time.getEpochSecond(), periodSeconds);
    long second = Math.floorMod(time.getEpochSecond(), periodSeconds);
    boolean isFirstHalf = second < periodSeconds - second;
    byte[] primary = key(period);
    byte[] backup = key(isFirstHalf ? period - 1 : period + 1);
    try {
      return FastOpenKeys.of(primary, backup);
    } finally {
      Arrays.fill(primary, (byte) 0);
      Arrays.fill(backup, (byte) 0);
    }
  }

  private synchronized byte[] key(long period) {
    if (wiped) {
      throw new IllegalStateException("the schedule is closed");
    }
    ByteBuffer info = ByteBuffer.allocate(2 * Long.BYTES).putLong(period).putLong(periodSeconds);
    return Hkdf.expand(pseudorandomKey, info.array(), FastOpenKeys.KEY_BYTES);
  }

  /** Wipes what is kept of the secret. A listener that follows this schedule keeps its keys. */
  @Override
  public synchronized void close() {
    Arrays.fill(pseudorandomKey, (byte) 0);
    wiped = true;
  }

  /** Returns the period; the text contains no part of the secret. */
  @Override
  public String toString() {
    return "FastOpenKeySchedule[" + period() + "]";
  }
}
