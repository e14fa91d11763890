package io.tfo.spi;

import io.tfo.AddressBlocks;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Properties;
import org.jspecify.annotations.Nullable;

/**
 * Tells which of the library's system properties are malformed, and what follows. The code that
 * reads a property logs the same words. It does not check {@code io.tfo.backend}, whose values are
 * the names of the installed backends, nor the properties of the agent.
 */
public final class MalformedProperties {
  /**
   * The properties of {@link #ofConnectsAndListeners}, with commas between them. A constant, not a
   * list: if none of them is set, start-up need not load this class.
   */
  public static final String OF_CONNECTS_AND_LISTENERS =
      "io.tfo.backoff,io.tfo.statistics.outcomes,io.tfo.plain,io.tfo.withoutCookie,io.tfo.keyFile";

  /** The largest blocks of private addresses: 10.0.0.0/8 (RFC 1918), fc00::/7 (RFC 4193). */
  private static final int SHORTEST_IPV4 = 8;

  private static final int SHORTEST_IPV6 = 7;

  private static final String OF_CHANNELS = "channels are the JDK's own";

  private MalformedProperties() {}

  /**
   * Checks all of these properties.
   *
   * @param properties the system properties, of this process or of another one
   * @return a line for each that is malformed: the property, its value, the form that it must have,
   *     and what follows
   */
  public static List<String> of(Properties properties) {
    List<String> malformed = new ArrayList<>(ofConnectsAndListeners(properties));
    add(malformed, ports(properties, "io.tfo.provider.ports"));
    add(malformed, number(properties, "io.tfo.provider.firstWriteMillis", 1));
    add(malformed, number(properties, "io.tfo.provider.backlog", 0));
    return List.copyOf(malformed);
  }

  /**
   * Checks all but those that are only for the providers of channels, which log theirs themselves.
   *
   * @param properties the system properties
   * @return a line for each that is malformed
   */
  public static List<String> ofConnectsAndListeners(Properties properties) {
    List<String> malformed = new ArrayList<>();
    add(malformed, bool(properties, "io.tfo.backoff", "the back-off stays on"));
    add(malformed, bool(properties, "io.tfo.statistics.outcomes", "outcomes are not read"));
    add(malformed, plain(properties.getProperty("io.tfo.plain")));
    add(malformed, withoutCookie(properties.getProperty("io.tfo.withoutCookie")));
    add(malformed, keyFile(properties.getProperty("io.tfo.keyFile")));
    return List.copyOf(malformed);
  }

  private static void add(List<String> malformed, @Nullable String line) {
    if (line != null) {
      malformed.add(line);
    }
  }

  private static @Nullable String bool(Properties properties, String property, String effect) {
    String value = properties.getProperty(property);
    return value == null
            || value.strip().equalsIgnoreCase("true")
            || value.strip().equalsIgnoreCase("false")
        ? null
        : line(property, value, "must be true or false", effect);
  }

  /**
   * Tells what is wrong with a value of {@code io.tfo.plain}.
   *
   * @param value the value
   * @return a line; null if nothing is wrong, or the property is not set
   */
  public static @Nullable String plain(@Nullable String value) {
    try {
      if (value != null) {
        AddressBlocks unused = AddressBlocks.parse(value);
      }
      return null;
    } catch (IllegalArgumentException e) {
      // No cookie may go to a destination that the property should exclude.
      return line("io.tfo.plain", value, e.getMessage(), "all connects are plain");
    }
  }

  /**
   * Tells what is wrong with a value of {@code io.tfo.withoutCookie}, also if it covers nearly all
   * of the Internet.
   *
   * @param value the value
   * @return a line; null if nothing is wrong, or the property is not set
   */
  public static @Nullable String withoutCookie(@Nullable String value) {
    String why;
    try {
      AddressBlocks blocks = value == null ? null : AddressBlocks.parse(value);
      if (blocks == null
          || (blocks.shortestPrefix(Inet4Address.class) >= SHORTEST_IPV4
              && blocks.shortestPrefix(Inet6Address.class) >= SHORTEST_IPV6)) {
        return null;
      }
      why =
          String.format(
              Locale.ROOT,
              "a block is larger than the largest private one, /%d or /%d",
              SHORTEST_IPV4,
              SHORTEST_IPV6);
    } catch (IllegalArgumentException e) {
      why = e.getMessage();
    }
    return line("io.tfo.withoutCookie", value, why, "the property is ignored");
  }

  /**
   * Tells what is wrong with a value of {@code io.tfo.keyFile}. The path of a file that cannot be
   * read is well-formed.
   *
   * @param value the value
   * @return a line; null if nothing is wrong, or the property is not set
   */
  public static @Nullable String keyFile(@Nullable String value) {
    return value == null || !value.isBlank()
        ? null
        : line(
            "io.tfo.keyFile",
            value,
            "must be the path of a file",
            "listeners keep the machine's keys");
  }

  private static @Nullable String ports(Properties properties, String property) {
    String value = properties.getProperty(property);
    try {
      if (value != null) {
        PortSet.parse(value);
      }
      return null;
    } catch (IllegalArgumentException e) {
      return line(property, value, e.getMessage(), OF_CHANNELS);
    }
  }

  private static @Nullable String number(Properties properties, String property, int least) {
    String value = properties.getProperty(property);
    try {
      if (value == null || Integer.parseInt(value.strip()) >= least) {
        return null;
      }
    } catch (NumberFormatException e) {
      // Reported below.
    }
    return line(property, value, "must be an integer of at least " + least, OF_CHANNELS);
  }

  private static String line(
      String property, @Nullable String value, @Nullable String why, String effect) {
    return String.format(Locale.ROOT, "-D%s=%s: %s; %s", property, value, why, effect);
  }
}
