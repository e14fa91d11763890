package io.tfo;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Parses the content of a {@link FastOpenKeyFile}. No exception contains a part of a secret or a
 * key.
 */
final class KeyFileText {
  private static final String SECRET = "secret";
  private static final String PERIOD = "period";

  private @Nullable FastOpenKeys keys;
  private byte @Nullable [] secret;
  private @Nullable Duration period;

  private KeyFileText() {}

  /**
   * Parses a file.
   *
   * @throws IllegalArgumentException if it is malformed; the message says where
   */
  static FastOpenKeySource parse(byte[] content) {
    return new KeyFileText().source(decode(content));
  }

  private static CharBuffer decode(byte[] content) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content));
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("it is not UTF-8 text", e);
    }
  }

  private FastOpenKeySource source(CharBuffer text) {
    try {
      int number = 0;
      for (String line : text.toString().split("\\R", -1)) {
        number++;
        try {
          read(line.strip());
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException("line " + number + ": " + e.getMessage(), e);
        }
      }
      return result();
    } finally {
      Arrays.fill(text.array(), '\0');
      if (secret != null) {
        Arrays.fill(secret, (byte) 0);
      }
    }
  }

  private void read(String line) {
    if (line.isEmpty() || line.startsWith("#")) {
      return;
    }
    String[] words = line.split("\\s+", 2);
    String value = words.length == 1 ? "" : words[1].strip();
    if (words[0].equals(SECRET)) {
      requireNone(secret);
      secret = secret(value);
    } else if (words[0].equals(PERIOD)) {
      requireNone(period);
      period = period(value);
    } else {
      requireNone(keys);
      keys = FastOpenKeys.parse(line);
    }
  }

  private static void requireNone(@Nullable Object before) {
    if (before != null) {
      throw new IllegalArgumentException("only one line of this kind is allowed");
    }
  }

  private static byte[] secret(String text) {
    if (text.isEmpty()) {
      throw new IllegalArgumentException("the secret is empty");
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static Duration period(String text) {
    try {
      return Duration.parse(text);
    } catch (DateTimeParseException e) {
      // Without the cause, which contains the text.
      throw new IllegalArgumentException("the period does not have the form PT24H");
    }
  }

  private FastOpenKeySource result() {
    if (keys != null && secret == null && period == null) {
      return keys;
    }
    if (keys == null && secret != null && period != null) {
      return FastOpenKeySchedule.of(secret, period);
    }
    throw new IllegalArgumentException(
        keys == null && secret == null && period == null
            ? "it has no keys"
            : "it must have either keys, or a secret and a period");
  }
}
