package io.tfo.agent.inside;

import io.tfo.AddressBlocks;
import io.tfo.spi.PortSet;
import java.net.InetSocketAddress;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The options of the agent: from the text after {@code =} on the command line, else from system
 * properties, else from the environment.
 *
 * @param ports the ports to which connects are deferred
 * @param plain accepts destinations to which no connect is deferred
 * @param sockets whether connects of sockets are deferred
 * @param channels whether non-blocking connects of NIO channels are deferred
 * @param listeners whether listeners accept TCP Fast Open
 */
record AgentOptions(
    BitSet ports,
    @Nullable Predicate<InetSocketAddress> plain,
    boolean sockets,
    boolean channels,
    boolean listeners) {
  /** TLS in all its uses, and DNS: these begin with a message that may arrive twice. */
  static final String DEFAULT_PORTS = "53,443,465,636,853,993,995,5671,8443,8883";

  // The system properties. The last word is the option on the command line, and the end of the
  // variable in the environment: TFO_PORTS.
  private static final String PORTS = "io.tfo.agent.ports";
  private static final String PLAIN = "io.tfo.agent.plain";
  private static final String SOCKETS = "io.tfo.agent.sockets";
  private static final String CHANNELS = "io.tfo.agent.channels";
  private static final String LISTENERS = "io.tfo.agent.listeners";
  private static final Set<String> PROPERTIES = Set.of(PORTS, PLAIN, SOCKETS, CHANNELS, LISTENERS);

  private static final String ON = "on";

  /**
   * Reads the options.
   *
   * @param arguments the text on the command line
   * @throws IllegalArgumentException if one is wrong; the message says which and why, in one line
   */
  static AgentOptions read(
      @Nullable String arguments, Properties properties, Map<String, String> environment) {
    Settings settings =
        new Settings(arguments(arguments == null ? "" : arguments), properties, environment);
    return new AgentOptions(
        ports(settings.get(PORTS, DEFAULT_PORTS)),
        plain(settings.get(PLAIN, "")),
        isOn(SOCKETS, settings.get(SOCKETS, ON)),
        isOn(CHANNELS, settings.get(CHANNELS, ON)),
        isOn(LISTENERS, settings.get(LISTENERS, ON)));
  }

  /** The sources of the settings. This class has no lambda: the start of each JVM waits for it. */
  private record Settings(
      Map<String, String> given, Properties properties, Map<String, String> environment) {
    String get(String property, String otherwise) {
      String argument = given.get(name(property));
      if (argument != null) {
        return argument;
      }
      String set = properties.getProperty(property);
      if (set != null) {
        return set;
      }
      String variable = environment.get("TFO_" + name(property).toUpperCase(Locale.ROOT));
      return variable == null || variable.isBlank() ? otherwise : variable;
    }
  }

  private static Map<String, String> arguments(String text) {
    Map<String, String> given = new LinkedHashMap<>();
    for (String argument : text.split(";", -1)) {
      String[] parts = argument.split("=", 2);
      String name = parts[0].strip();
      if (parts.length == 2 && isOption(name)) {
        given.put(name, parts[1]);
      } else if (!argument.isBlank()) {
        throw wrong(
            argument,
            "the options are ports=, plain=, sockets=, channels=, listeners=, separated by ;");
      }
    }
    return given;
  }

  private static boolean isOption(String name) {
    for (String each : PROPERTIES) {
      if (name(each).equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static String name(String property) {
    return property.substring(property.lastIndexOf('.') + 1);
  }

  private static BitSet ports(String text) {
    try {
      return PortSet.parse(text);
    } catch (IllegalArgumentException e) {
      throw wrong(name(PORTS) + "=" + text, e.getMessage());
    }
  }

  private static @Nullable Predicate<InetSocketAddress> plain(String text) {
    try {
      return text.isBlank() ? null : AddressBlocks.parse(text);
    } catch (IllegalArgumentException e) {
      throw wrong(name(PLAIN) + "=" + text, e.getMessage());
    }
  }

  private static boolean isOn(String property, String text) {
    return switch (text.strip()) {
      case ON -> true;
      case "off" -> false;
      default -> throw wrong(name(property) + "=" + text, "must be on or off");
    };
  }

  private static IllegalArgumentException wrong(String option, @Nullable String why) {
    String oneLine = option.strip().replaceAll("\\s+", " ");
    return new IllegalArgumentException("invalid option " + oneLine + ": " + why);
  }

  /** Whether some connects are deferred, or listeners are switched on. */
  boolean switchesSomethingOn() {
    return defersConnects() || listeners;
  }

  /** Whether connects are deferred to some destinations. */
  boolean defersConnects() {
    return (sockets || channels) && !ports.isEmpty();
  }

  /** Whether connects to a destination are deferred. */
  boolean accepts(InetSocketAddress destination) {
    return ports.get(destination.getPort()) && (plain == null || !plain.test(destination));
  }
}
