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
   */
  static void install(Instrumentation instrumentation, boolean isFirst) {
    NIO.installOne(instrumentation, isFirst);
    ASYNCHRONOUS.installOne(instrumentation, isFirst);
  }

  private void installOne(Instrumentation instrumentation, boolean isFirst) {
    String configured = System.getProperty(property);
    String service = "META-INF/services/" + property; // where the JDK looks next
    if (provider.equals(configured)) {
      return;
    }
    if (configured != null) {
      tell("which have the provider " + configured);
    } else if (ClassLoader.getSystemResource(service) != null) {
      tell("which have the provider of the class path's " + service);
    } else if (!isFirst && isChosen(instrumentation)) {
      tell("since the application has opened one already");
    } else {
      System.setProperty(property, provider);
    }
  }

  private void tell(String why) {
    Installation.tell("by " + channels + ", " + why);
  }

  private boolean isChosen(Instrumentation instrumentation) {
    return Stream.of(instrumentation.getInitiatedClasses(null))
        .anyMatch(each -> each.getName().equals(chosen));
  }
}
