package io.tfo.agent.inside;

import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.MalformedProperties;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import org.jspecify.annotations.Nullable;

/**
 * The reasons why connects or listeners stay plain although the agent is on, as far as they can be
 * found without a backend. The start of each JVM waits for this class. So it has no lambda, and
 * loads the check of the properties only if one is set.
 */
final class Obstacles {
  private static final String SWITCH = "net.ipv4.tcp_fastopen";
  private static final String FILE = "/proc/sys/net/ipv4/tcp_fastopen";
  private static final int CLIENT = 0x1;
  private static final int SERVER = 0x2;

  /** More than an integer's digits, its sign and the end of the line. */
  private static final int MOST_BYTES = 64;

  private static final String BACKEND = "io.tfo.backend";

  private Obstacles() {}

  /** Returns why {@code io.tfo.backend} prevents the use of a backend; null if it does not. */
  static @Nullable String ofBackend() {
    String value = System.getProperty(BACKEND);
    if (value == null) {
      return null;
    }
    String forced = value.strip();
    if (forced.equals("none")) {
      return "it is switched off by -Dio.tfo.backend=none";
    }
    List<String> names = new ArrayList<>();
    for (FastOpenBackend each :
        ServiceLoader.load(FastOpenBackend.class, FastOpenBackend.class.getClassLoader())) {
      if (each.name().equals(forced)) {
        String other = each.otherSystem().orElse(null);
        return other == null ? null : "-Dio.tfo.backend=" + forced + ": it " + other;
      }
      names.add(each.name());
    }
    return "-Dio.tfo.backend="
        + value
        + " names no installed backend; installed: "
        + String.join(", ", names);
  }

  /**
   * Returns the malformed properties of the library, and the effect of each. The settings of
   * channels are checked by {@link Channels}.
   */
  static List<String> ofProperties() {
    for (String property : MalformedProperties.OF_CONNECTS_AND_LISTENERS.split(",", -1)) {
      if (System.getProperty(property) != null) {
        return MalformedProperties.ofConnectsAndListeners(System.getProperties());
      }
    }
    return List.of();
  }

  /**
   * Returns what the kernel's switch forbids now; empty if nothing, or if the file cannot be read.
   *
   * @param connects whether the agent is to defer connects
   * @param listeners whether it is to switch listeners on
   */
  static String ofKernel(boolean connects, boolean listeners) {
    try (InputStream in = new FileInputStream(FILE)) {
      byte[] text = new byte[MOST_BYTES];
      int length = Math.max(in.read(text), 0);
      int value = Integer.decode(new String(text, 0, length, StandardCharsets.US_ASCII).strip());
      boolean plain = connects && (value & CLIENT) == 0;
      boolean ordinary = listeners && (value & SERVER) == 0;
      if (!plain && !ordinary) {
        return "";
      }
      String what =
          plain
              ? ordinary ? "connects are plain, and listeners ordinary ones," : "connects are plain"
              : "listeners are ordinary ones";
      return what + " while " + SWITCH + "=" + value;
    } catch (IOException | NumberFormatException | SecurityException e) {
      return ""; // no Linux, or the file is hidden
    }
  }
}
