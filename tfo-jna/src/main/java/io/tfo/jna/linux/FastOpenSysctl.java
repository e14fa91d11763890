package io.tfo.jna.linux;

import io.tfo.FastOpenCapability;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The sysctl {@code net.ipv4.tcp_fastopen}, which holds for IPv6, too. A thread reads the setting
 * of its own network namespace.
 *
 * @param file the file below {@code /proc/sys}
 */
record FastOpenSysctl(Path file) {
  /** {@code Documentation/networking/ip-sysctl.rst}. Darwin's sysctl has the two bits swapped. */
  private static final int CLIENT = 1;

  private static final int SERVER = 2;

  /** More than an integer's digits, its sign and the end of the line. */
  private static final int MOST_BYTES = 64;

  FastOpenSysctl() {
    this(Path.of("/proc/sys/net/ipv4/tcp_fastopen"));
  }

  FastOpenCapability client() {
    return capability(CLIENT);
  }

  FastOpenCapability server() {
    return capability(SERVER);
  }

  private FastOpenCapability capability(int bit) {
    String text;
    try {
      text = read();
    } catch (NoSuchFileException e) {
      return FastOpenCapability.unsupported(
          "this kernel has no net.ipv4.tcp_fastopen", "use Linux 3.7 or later, with /proc mounted");
    } catch (IOException e) {
      return FastOpenCapability.disabled(
          "net.ipv4.tcp_fastopen cannot be read: " + e, "let this user read " + file);
    }
    int value;
    try {
      value = Integer.decode(text);
    } catch (NumberFormatException e) {
      return FastOpenCapability.disabled(
          "net.ipv4.tcp_fastopen is not a number: " + text, "sysctl -w net.ipv4.tcp_fastopen=3");
    }
    // Without a format: the first one of a JVM loads locale data, which costs start-up time.
    String detail = "net.ipv4.tcp_fastopen=" + text + ": " + sides(value);
    return (value & bit) != 0
        ? FastOpenCapability.available(detail)
        : FastOpenCapability.disabled(
            detail, "sysctl -w net.ipv4.tcp_fastopen=" + (value | CLIENT | SERVER));
  }

  /**
   * Reads by one call. The kernel gives an integer at offset 0 only, and no more of it than the
   * buffer takes. {@link Files#readString} begins with one byte, as the file's size is told as 0.
   */
  private String read() throws IOException {
    byte[] buffer = new byte[MOST_BYTES];
    try (InputStream in = Files.newInputStream(file)) {
      int length = in.read(buffer);
      return new String(buffer, 0, Math.max(length, 0), StandardCharsets.US_ASCII).strip();
    }
  }

  private static String sides(int value) {
    return switch (value & (CLIENT | SERVER)) {
      case CLIENT | SERVER -> "client and server";
      case CLIENT -> "client only";
      case SERVER -> "server only";
      default -> "off";
    };
  }
}
