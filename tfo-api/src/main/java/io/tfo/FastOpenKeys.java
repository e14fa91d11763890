package io.tfo;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The keys by which a listener makes and checks cookies (RFC 7413, 4.1.2): a primary key, and at
 * most one backup key. Cookies are made with the primary key, and accepted if they were made with
 * either. Each key has 16 bytes, as for {@code TCP_FASTOPEN_KEY} in {@code linux/tcp.h}.
 *
 * <p>A key is a secret: with it, an attacker can make the cookie of any client. Neither {@link
 * #toString()} nor an exception tells a key. {@link #close()} overwrites the bytes; copies that the
 * garbage collector has made before are out of reach.
 *
 * <p>Safe for use by multiple threads.
 */
public final class FastOpenKeys implements FastOpenKeySource, AutoCloseable {
  /** The length of a key in bytes. */
  public static final int KEY_BYTES = 16;

  private static final Pattern KEY = Pattern.compile("\\p{XDigit}{8}(-\\p{XDigit}{8}){3}");

  private final byte[] bytes;
  private boolean wiped;

  private FastOpenKeys(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Creates keys with a primary key only.
   *
   * @param primary 16 bytes, which are copied
   * @return the keys
   * @throws IllegalArgumentException if the length is not 16
   */
  public static FastOpenKeys of(byte[] primary) {
    return new FastOpenKeys(requireKey("the primary key", primary).clone());
  }

  /**
   * Creates keys with a primary and a backup key.
   *
   * @param primary 16 bytes, which are copied
   * @param backup 16 bytes, which are copied
   * @return the keys
   * @throws IllegalArgumentException if a length is not 16
   */
  public static FastOpenKeys of(byte[] primary, byte[] backup) {
    requireKey("the primary key", primary);
    requireKey("the backup key", backup);
    byte[] both = Arrays.copyOf(primary, 2 * KEY_BYTES);
    System.arraycopy(backup, 0, both, KEY_BYTES, KEY_BYTES);
    return new FastOpenKeys(both);
  }

  /**
   * Parses keys as {@code net.ipv4.tcp_fastopen_key} prints them: four groups of eight hexadecimal
   * digits with {@code -} between them, and after a {@code ,} the backup key in the same form, if
   * there is one. Each group is a 32-bit word in little-endian order: the bytes 00 01 02 03 are
   * {@code 03020100}.
   *
   * @param text the keys; white space around them is ignored
   * @return the keys
   * @throws IllegalArgumentException if the text has another form; the message does not repeat it
   */
  public static FastOpenKeys parse(CharSequence text) {
    String[] keys = text.toString().strip().split(",", -1);
    if (keys.length > 2) {
      throw new IllegalArgumentException(
          "there are " + keys.length + " keys; at most two are allowed: primary and backup");
    }
    ByteBuffer words = ByteBuffer.allocate(keys.length * KEY_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < keys.length; i++) {
      String key = keys[i].strip();
      if (!KEY.matcher(key).matches()) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "the %s key does not have the form xxxxxxxx-xxxxxxxx-xxxxxxxx-xxxxxxxx (%d characters)",
                i == 0 ? "primary" : "backup",
                key.length()));
      }
      int bits = 0;
      for (String word : key.split("-", -1)) {
        int value = Integer.parseUnsignedInt(word, 16);
        words.putInt(value);
        bits |= value;
      }
      if (bits == 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "the %s key is zero: sysctl prints that while the kernel has no key",
                i == 0 ? "primary" : "backup"));
      }
    }
    return new FastOpenKeys(words.array());
  }

  /**
   * Derives the keys of a fleet from a secret and the time. The same as {@code
   * FastOpenKeySchedule.of(secret, period).keysAt(time)}: see there for the derivation.
   *
   * @param secret the secret that the fleet shares, of any length but 0
   * @param period how long a key is the primary one, in whole seconds, at least 2
   * @param time the time
   * @return the keys
   * @throws IllegalArgumentException if the secret is empty, or the period is malformed
   */
  public static FastOpenKeys derived(byte[] secret, Duration period, Instant time) {
    try (FastOpenKeySchedule schedule = FastOpenKeySchedule.of(secret, period)) {
      return schedule.keysAt(time);
    }
  }

  private static byte[] requireKey(String name, byte[] key) {
    if (key.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          String.format(Locale.ROOT, "%s has %d bytes, not %d", name, key.length, KEY_BYTES));
    }
    return key;
  }

  /** Returns the length of all keys in bytes: 16, or 32 with a backup key. */
  public int length() {
    return bytes.length;
  }

  /** Returns whether there is a backup key. */
  public boolean hasBackup() {
    return bytes.length > KEY_BYTES;
  }

  /**
   * Copies the keys, as {@code setsockopt(TCP_FASTOPEN_KEY)} takes them: the primary key, then the
   * backup key.
   *
   * @param target where they are put, {@link #length()} bytes; the caller wipes it after use
   * @throws BufferOverflowException if it has less room
   * @throws IllegalStateException if the keys are closed
   */
  public synchronized void copyTo(ByteBuffer target) {
    requireOpen();
    target.put(bytes);
  }

  /**
   * Returns a copy. To close one of the two does not close the other.
   *
   * @return the copy
   * @throws IllegalStateException if the keys are closed
   */
  public synchronized FastOpenKeys copy() {
    requireOpen();
    return new FastOpenKeys(bytes.clone());
  }

  /**
   * Returns a copy, whatever the time: these keys are fixed.
   *
   * @throws IllegalStateException if the keys are closed
   */
  @Override
  public FastOpenKeys keysAt(Instant time) {
    return copy();
  }

  /**
   * Returns the keys in the form of {@link #parse}, for {@code sysctl -w
   * net.ipv4.tcp_fastopen_key=...} on a server that runs something else. A string cannot be wiped.
   *
   * @return the secret keys
   * @throws IllegalStateException if the keys are closed
   */
  public synchronized String toSysctl() {
    requireOpen();
    ByteBuffer words = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return Stream.generate(() -> key(words))
        .limit(bytes.length / KEY_BYTES)
        .collect(Collectors.joining(","));
  }

  private static String key(ByteBuffer words) {
    return Stream.generate(words::getInt)
        .limit(KEY_BYTES / Integer.BYTES)
        .map(word -> String.format(Locale.ROOT, "%08x", word))
        .collect(Collectors.joining("-"));
  }

  /**
   * Compares in a time that does not depend on the keys. There is no {@code equals}, since a hash
   * code would reveal a part of them.
   *
   * @param other other keys
   * @return whether both have the same primary key, and the same backup key or none
   * @throws IllegalStateException if one of them is closed
   */
  public boolean isSameAs(FastOpenKeys other) {
    byte[] theirs = other.snapshot();
    byte[] ours = snapshot();
    boolean same = MessageDigest.isEqual(ours, theirs);
    Arrays.fill(ours, (byte) 0);
    Arrays.fill(theirs, (byte) 0);
    return same;
  }

  private synchronized byte[] snapshot() {
    requireOpen();
    return bytes.clone();
  }

  private void requireOpen() {
    if (wiped) {
      throw new IllegalStateException("the keys are closed");
    }
  }

  /** Overwrites the keys. A listener that has them keeps them. */
  @Override
  public synchronized void close() {
    Arrays.fill(bytes, (byte) 0);
    wiped = true;
  }

  /** Returns which keys there are; the text contains no part of a key. */
  @Override
  public String toString() {
    return hasBackup() ? "FastOpenKeys[primary, backup]" : "FastOpenKeys[primary]";
  }
}
