package io.tfo;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** HKDF with SHA-256 (RFC 5869), for at most one block of output. */
final class Hkdf {
  private static final String ALGORITHM = "HmacSHA256";

  /** The length of the pseudorandom key, and of the longest output. */
  static final int HASH_BYTES = 32;

  private Hkdf() {}

  /**
   * Computes the pseudorandom key.
   *
   * @param salt not empty, since the JDK rejects an empty key
   */
  static byte[] extract(byte[] salt, byte[] secret) {
    return hmac(salt, secret);
  }

  /**
   * Computes the output.
   *
   * @param length how many bytes; at most {@link #HASH_BYTES}
   */
  static byte[] expand(byte[] pseudorandomKey, byte[] info, int length) {
    ByteBuffer message = ByteBuffer.allocate(info.length + 1).put(info).put((byte) 1);
    byte[] block = hmac(pseudorandomKey, message.array());
    byte[] output = Arrays.copyOf(block, length);
    Arrays.fill(block, (byte) 0);
    return output;
  }

  private static byte[] hmac(byte[] key, byte[] message) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(new SecretKeySpec(key, ALGORITHM));
      return mac.doFinal(message);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(ALGORITHM + " is a part of every Java platform", e);
    }
  }
}
