package io.tfo.jna.linux;

import io.tfo.FastOpenCapability;
import java.io.IOException;
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
      text = Files.readString(file).strip();
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

  private static String sides(int value) {
    return switch (value & (CLIENT | SERVER)) {
      case CLIENT | SERVER -> "client and server";
      case CLIENT -> "client only";
      case SERVER -> "server only";
      default -> "off";
    };
  }
}
