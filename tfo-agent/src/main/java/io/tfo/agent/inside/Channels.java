package io.tfo.agent.inside;

import java.lang.instrument.Instrumentation;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.util.stream.Stream;

/**
 * Has the JDK take the agent's providers of channels, where it has not chosen others.
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
   * Installs the providers.
   *
   * @param isFirst whether the application has not begun
   * @return for which channels it could not, and why; empty if for none
   */
  static String install(Instrumentation instrumentation, boolean isFirst) {
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
      return tell("which have the provider " + configured);
    }
    if (ClassLoader.getSystemResource(service) != null) {
      return tell("which have the provider of the class path's " + service);
    }
    if (!isFirst && isChosen(instrumentation)) {
      return tell("since the application has opened one already");
    }
    System.setProperty(property, provider);
    return "";
  }

  private String tell(String why) {
    Installation.tell("not used: by " + channels + ", " + why);
    return "not by " + channels + ", " + why;
  }

  private boolean isChosen(Instrumentation instrumentation) {
    return Stream.of(instrumentation.getInitiatedClasses(null))
        .anyMatch(each -> each.getName().equals(chosen));
  }
}
