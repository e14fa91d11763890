package io.tfo.nio;

import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.Properties;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What the system properties ask of {@link FastOpenSelectorProvider}.
 *
 * @param ports the ports to which connects are deferred
 * @param asGiven these ports, as the user has written them
 * @param firstWrite how long a SYN waits for the first write
 * @param backlog how many connections a listener lets wait, opened by SYN data
 */
record ProviderSettings(BitSet ports, String asGiven, Duration firstWrite, int backlog) {
  static final String PORTS = "io.tfo.provider.ports";
  static final String FIRST_WRITE = "io.tfo.provider.firstWriteMillis";
  static final String BACKLOG = "io.tfo.provider.backlog";

  private static final String DEFAULT_PORTS = "443";

  /** Enough for a TLS client to make its ClientHello. */
  private static final String DEFAULT_FIRST_WRITE_MILLIS = "20";

  private static final String DEFAULT_BACKLOG = "256";
  private static final int LAST_PORT = 65_535;

  static ProviderSettings of(Properties properties) {
    String ports = properties.getProperty(PORTS, DEFAULT_PORTS);
    return new ProviderSettings(
        ports(ports),
        ports,
        Duration.ofMillis(number(properties, FIRST_WRITE, DEFAULT_FIRST_WRITE_MILLIS, 1)),
        number(properties, BACKLOG, DEFAULT_BACKLOG, 0));
  }

  boolean defers() {
    return !ports.isEmpty();
  }

  Predicate<InetSocketAddress> which() {
    return address -> ports.get(address.getPort());
  }

  private static BitSet ports(String text) {
    BitSet ports = new BitSet();
    switch (text.strip()) {
      case "all" -> ports.set(1, LAST_PORT + 1);
      case "none" -> {}
      default -> {
        for (String range : text.split(",", -1)) {
          String[] ends = range.split("-", 2);
          int first = port(text, ends[0]);
          int last = port(text, ends[ends.length - 1]);
          if (last < first) {
            throw malformed(PORTS, text, null);
          }
          ports.set(first, last + 1);
        }
      }
    }
    return ports;
  }

  private static int port(String text, String number) {
    try {
      int port = Integer.parseInt(number.strip());
      if (port > 0 && port <= LAST_PORT) {
        return port;
      }
    } catch (NumberFormatException e) {
      throw malformed(PORTS, text, e);
    }
    throw malformed(PORTS, text, null);
  }

  private static int number(Properties properties, String name, String preset, int least) {
    String text = properties.getProperty(name, preset);
    try {
      int number = Integer.parseInt(text.strip());
      if (number >= least) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw malformed(name, text, e);
    }
    throw malformed(name, text, null);
  }

  private static IllegalArgumentException malformed(
      String property, String text, @Nullable NumberFormatException cause) {
    String form =
        property.equals(PORTS)
            ? "is neither all, nor none, nor ports and ranges such as 443,8000-8999"
            : "is not a number of at least " + (property.equals(FIRST_WRITE) ? 1 : 0);
    return new IllegalArgumentException("-D%s=%s %s".formatted(property, text, form), cause);
  }

  @Override
  public String toString() {
    return "ports %s, first write %d ms, backlog %d"
        .formatted(asGiven, firstWrite.toMillis(), backlog);
  }
}
