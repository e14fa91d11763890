package io.tfo.agent.inside;

import java.lang.instrument.Instrumentation;
import java.nio.channels.spi.SelectorProvider;
import java.util.stream.Stream;

/**
 * Has the JDK take the agent's selector provider, if it has not chosen one.
 *
 * <p>A provider of asynchronous channels is installed in the same way: a class beside {@code
 * AgentSelectorProvider}, named by the property {@code
 * java.nio.channels.spi.AsynchronousChannelProvider}.
 */
final class Channels {
  private static final String PROPERTY = SelectorProvider.class.getName();

  /** Where the JDK looks for a provider next. */
  private static final String SERVICE = "META-INF/services/" + PROPERTY;

  /** On the system class path, where the JDK looks for it. */
  private static final String PROVIDER = "io.tfo.agent.AgentSelectorProvider";

  /** The class that keeps the provider once it is chosen. */
  private static final String CHOSEN = PROPERTY + "$Holder";

  private Channels() {}

  /**
   * Installs the provider.
   *
   * @param isFirst whether the application has not begun
   */
  static void install(Instrumentation instrumentation, boolean isFirst) {
    String configured = System.getProperty(PROPERTY);
    if (PROVIDER.equals(configured)) {
      return;
    }
    if (configured != null) {
      Installation.tell("by NIO channels, which have the provider " + configured);
    } else if (ClassLoader.getSystemResource(SERVICE) != null) {
      Installation.tell("by NIO channels, which have the provider of the class path's " + SERVICE);
    } else if (!isFirst && isChosen(instrumentation)) {
      Installation.tell("by NIO channels, since the application has opened one already");
    } else {
      System.setProperty(PROPERTY, PROVIDER);
    }
  }

  private static boolean isChosen(Instrumentation instrumentation) {
    return Stream.of(instrumentation.getInitiatedClasses(null))
        .anyMatch(each -> each.getName().equals(CHOSEN));
  }
}
