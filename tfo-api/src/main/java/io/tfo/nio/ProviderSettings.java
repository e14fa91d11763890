package io.tfo.nio;

import io.tfo.FastOpenListener;
import io.tfo.spi.PortSet;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.BitSet;
import java.util.Locale;
import java.util.Properties;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The settings of {@link FastOpenSelectorProvider} and {@link FastOpenAsynchronousChannelProvider},
 * from system properties.
 *
 * @param ports the ports to which connects are deferred
 * @param portsText these ports, as the user has written them
 * @param firstWriteWait how long a SYN waits for the first write
 * @param backlog the {@code fastOpenBacklog} of every listener; 0 does not change listeners
 */
record ProviderSettings(BitSet ports, String portsText, Duration firstWriteWait, int backlog) {
  static final String PORTS = "io.tfo.provider.ports";
  static final String FIRST_WRITE_MILLIS = "io.tfo.provider.firstWriteMillis";
  static final String BACKLOG = "io.tfo.provider.backlog";

  private static final String DEFAULT_PORTS = "443";

  /** Long enough for a TLS client to create its ClientHello. */
  private static final String DEFAULT_FIRST_WRITE_MILLIS = "20";

  private static final String DEFAULT_BACKLOG = "" + FastOpenListener.FAST_OPEN_BACKLOG;

  /**
   * Reads the settings.
   *
   * @throws IllegalArgumentException if a property is malformed; the message names it
   */
  static ProviderSettings of(Properties properties) {
    String ports = properties.getProperty(PORTS, DEFAULT_PORTS);
    ProviderSettings others = withoutPorts(properties);
    return new ProviderSettings(ports(ports), ports, others.firstWriteWait, others.backlog);
  }

  /**
   * Reads the settings except the ports: the set of ports is empty.
   *
   * @throws IllegalArgumentException if one of these properties is malformed; the message names it
   */
  static ProviderSettings withoutPorts(Properties properties) {
    return new ProviderSettings(
        new BitSet(),
        "none",
        Duration.ofMillis(number(properties, FIRST_WRITE_MILLIS, DEFAULT_FIRST_WRITE_MILLIS, 1)),
        number(properties, BACKLOG, DEFAULT_BACKLOG, 0));
  }

  boolean defersConnects() {
    return !ports.isEmpty();
  }

  /**
   * Returns the plan of these settings.
   *
   * @param channels the kind of the channels, such as "NIO channel"
   */
  ChannelPlan plan(String channels) {
    return new ChannelPlan(
        defersConnects() ? destinations(channels) : null,
        firstWriteWait,
        backlog,
        () -> true,
        toString());
  }

  /** Returns the plan of these settings, with destinations and listeners of a program's choice. */
  ChannelPlan plan(Predicate<? super InetSocketAddress> destinations, BooleanSupplier listeners) {
    return new ChannelPlan(
        destinations::test,
        firstWriteWait,
        backlog,
        listeners,
        "destinations and listeners of the program's choice");
  }

  /** Accepts the destinations to which connects are deferred. */
  Predicate<InetSocketAddress> destinations(String channels) {
    return new DeferredDestinations(ports, portsText, channels);
  }

  private static BitSet ports(String text) {
    try {
      return PortSet.parse(text);
    } catch (IllegalArgumentException e) {
      throw malformed(PORTS, text, e.getMessage(), e.getCause());
    }
  }

  private static int number(Properties properties, String name, String defaultText, int min) {
    String text = properties.getProperty(name, defaultText);
    try {
      int number = Integer.parseInt(text.strip());
      if (number >= min) {
        return number;
      }
    } catch (NumberFormatException e) {
      throw malformed(name, text, "must be an integer of at least " + min, e);
    }
    throw malformed(name, text, "must be an integer of at least " + min, null);
  }

  private static IllegalArgumentException malformed(
      String property, String text, @Nullable String form, @Nullable Throwable cause) {
    return new IllegalArgumentException(
        String.format(Locale.ROOT, "-D%s=%s: %s", property, text, form), cause);
  }

  /** Uses no format, which would cost start-up time. */
  @Override
  public String toString() {
    return "ports "
        + portsText
        + ", first write within "
        + firstWriteWait.toMillis()
        + " ms, backlog "
        + backlog;
  }
}
