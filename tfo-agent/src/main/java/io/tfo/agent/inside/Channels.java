package io.tfo.agent.inside;

import java.lang.instrument.Instrumentation;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes the JDK use the agent's providers of channels, if it has not chosen others.
 *
 * @param channels the kind of the channels, in the plural
 * @param property the system property, of the provider's class, that names the provider
 * @param provider the agent's, on the system class path, where the JDK looks for it
 * @param chosen the class that keeps the provider once it is chosen
 */
record Channels(String channels, String property, String provider, String chosen) {
  private static final Channels NIO =
      new Channels(
          "NIO channels",
          SelectorProvider.class.getName(),
          "io.tfo.agent.AgentSelectorProvider",
          SelectorProvider.class.getName() + "$Holder");

  private static final Channels ASYNCHRONOUS =
      new Channels(
          "asynchronous channels",
          AsynchronousChannelProvider.class.getName(),
          "io.tfo.agent.AgentAsynchronousChannelProvider",
          AsynchronousChannelProvider.class.getName() + "$ProviderHolder");

  /**
   * The settings of {@code io.tfo.nio.ProviderSettings} that both providers have. The agent's start
   * loads that class only if one of them is set.
   */
  private static final List<String> SETTINGS =
      List.of("io.tfo.provider.firstWriteMillis", "io.tfo.provider.backlog");

  /**
   * Installs the providers.
   *
   * @param isFirst whether the application has not begun
   * @return the channels for which this failed, and why; empty if it failed for none
   */
  static String install(Instrumentation instrumentation, boolean isFirst) {
    for (String setting : SETTINGS) {
      if (System.getProperty(setting) != null) {
        String malformed = Providers.malformedProperty();
        if (malformed != null) {
          return tell("channels", "because of " + malformed);
        }
      }
    }
    String nio = NIO.installOne(instrumentation, isFirst);
    String asynchronous = ASYNCHRONOUS.installOne(instrumentation, isFirst);
    return nio.isEmpty() || asynchronous.isEmpty() ? nio + asynchronous : nio + "; " + asynchronous;
  }

  private String installOne(Instrumentation instrumentation, boolean isFirst) {
    String configured = System.getProperty(property);
    String service = "META-INF/services/" + property; // where the JDK looks next
    if (provider.equals(configured)) {
      return "";
    }
    if (configured != null) {
      return tell(channels, "which use the provider " + configured);
    }
    if (ClassLoader.getSystemResource(service) != null) {
      return tell(channels, "which use the provider in " + service + " on the class path");
    }
    if (!isFirst && isChosen(instrumentation)) {
      return tell(channels, "since the application has already opened one");
    }
    System.setProperty(property, provider);
    return "";
  }

  private static String tell(String channels, String why) {
    String not = "not for " + channels + ", " + why;
    Installation.tell(Installation.ON_BUT + not);
    return not;
  }

  private boolean isChosen(Instrumentation instrumentation) {
    return Stream.of(instrumentation.getInitiatedClasses(null))
        .anyMatch(each -> each.getName().equals(chosen));
  }
}
