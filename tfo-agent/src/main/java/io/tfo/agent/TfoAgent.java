package io.tfo.agent;

import java.lang.instrument.Instrumentation;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Switches TCP Fast Open (RFC 7413) on for a whole JVM: {@code java -javaagent:tfo-agent.jar -jar
 * application.jar}. If the agent fails, the JVM runs as without it, and one line on the standard
 * error tells the reason.
 */
public final class TfoAgent {
  private static final String INSTALLATION = "io.tfo.agent.inside.Installation";

  private static final String STATE = "io.tfo.agent.state";

  /** Null before the first start, and if that failed. */
  private static volatile @Nullable Class<?> installation;

  private TfoAgent() {}

  /**
   * Called by the JVM before the application starts.
   *
   * @param options the text after {@code =} on the command line
   * @param instrumentation the JVM's
   */
  public static void premain(@Nullable String options, Instrumentation instrumentation) {
    start("premain", options, instrumentation);
  }

  /**
   * Called by the JVM when the agent is attached while the application runs.
   *
   * @param options the options; {@code off} switches TCP Fast Open off
   * @param instrumentation the JVM's
   */
  public static void agentmain(@Nullable String options, Instrumentation instrumentation) {
    start("agentmain", options, instrumentation);
  }

  private static synchronized void start(
      String method, @Nullable String options, Instrumentation instrumentation) {
    try {
      Class<?> installed = installation;
      if (installed == null) {
        Path jar =
            Path.of(TfoAgent.class.getProtectionDomain().getCodeSource().getLocation().toURI());
        System.setProperty("io.tfo.agent.jar", jar.toString());
        installed = Class.forName(INSTALLATION, true, new IsolatedClassLoader(jar));
        installation = installed;
      }
      // With the parameters with which the JDK has just called this class: reflection makes classes
      // for each combination of kinds, which takes milliseconds.
      installed
          .getMethod(method, String.class, Instrumentation.class)
          .invoke(null, options, instrumentation);
    } catch (Throwable e) {
      // No failure may keep the application from starting.
      Throwable reason = e.getCause() == null ? e : e.getCause();
      String line = (isOn() ? "on, unchanged: " : "not used: ") + reason;
      System.err.println("tfo-agent: INFO: TCP Fast Open is " + line);
      setState(line);
    }
  }

  private static boolean isOn() {
    try {
      return System.getProperty(STATE, "").startsWith("on");
    } catch (SecurityException e) {
      return false; // so it could not be set before, either
    }
  }

  private static void setState(String line) {
    try {
      System.setProperty(STATE, line);
    } catch (SecurityException e) {
      // The line on the standard error says the same.
    }
  }

  /** Makes the agent's copy of the library register its MBean. */
  static void registerMBean() throws ReflectiveOperationException {
    Class<?> installed = installation;
    if (installed == null) {
      throw new ClassNotFoundException("the agent was not started");
    }
    installed.getMethod("registerMBean").invoke(null);
  }

  /** Creates the selector provider of the agent's copy of the library. */
  static SelectorProvider selectorProvider() throws ReflectiveOperationException {
    return (SelectorProvider) inside("selectorProvider");
  }

  /** Creates the provider of asynchronous channels, in the same way. */
  static AsynchronousChannelProvider asynchronousChannelProvider()
      throws ReflectiveOperationException {
    return (AsynchronousChannelProvider) inside("asynchronousChannelProvider");
  }

  private static Object inside(String method) throws ReflectiveOperationException {
    Class<?> installed = installation;
    if (installed == null) {
      throw new ClassNotFoundException("the agent was not started");
    }
    return installed.getMethod(method).invoke(null);
  }
}
