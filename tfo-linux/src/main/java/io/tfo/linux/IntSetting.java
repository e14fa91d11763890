package io.tfo.linux;

import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * A sysctl whose value is one integer. A thread reads the setting of its own network namespace.
 *
 * @param name its name, such as {@code net.ipv4.tcp_fastopen}
 * @param file its file below {@code /proc/sys}
 */
record IntSetting(String name, Path file) {
  /** More than an integer's digits, its sign and the end of the line. */
  private static final int MOST_BYTES = 64;

  /** Finds the file of a setting by its name. */
  static IntSetting of(String name) {
    return new IntSetting(name, Path.of("/proc/sys/" + name.replace('.', '/')));
  }

  /**
   * Reads the value; empty if the file cannot be read. The file may be missing, masked by an empty
   * one, or unreadable: containers do that, and before Linux 4.15 a network namespace other than
   * the first has no such files.
   */
  OptionalInt value() {
    try {
      return OptionalInt.of(Integer.decode(read()));
    } catch (IOException | NumberFormatException | SecurityException e) {
      return OptionalInt.empty();
    }
  }

  /**
   * Reads the file by one call. The kernel returns an integer only at offset 0, and not more of it
   * than fits into the buffer. {@code Files} reads through a channel, which costs a fresh JVM
   * milliseconds.
   */
  private String read() throws IOException {
    byte[] buffer = new byte[MOST_BYTES];
    try (InputStream in = new FileInputStream(file.toFile())) {
      int length = in.read(buffer);
      return new String(buffer, 0, Math.max(length, 0), StandardCharsets.US_ASCII).strip();
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
