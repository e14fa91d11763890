package io.tfo.agent.inside;

import io.tfo.management.FastOpen;
import java.io.IOException;
import java.lang.instrument.Instrumentation;
import java.lang.instrument.UnmodifiableClassException;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Installs the agent in this JVM, once, and switches it on and off as often as requested. */
public final class Installation {
  private static final Switch ON = new Switch();
  private static final String OFF = "off";
  private static final String NOTHING_ON = "off: the options switch everything off";

  /** The system property in which a process that attaches reads the agent's state. */
  private static final String STATE = "io.tfo.agent.state";

  static final String ON_BUT = "on, but ";

  private static @Nullable JdkHooks hooks;

  /**
   * The limits of the agent in the words of its state, except for the kernel's switch. Null if it
   * is off, or has refused the last options.
   */
  private static @Nullable String limits;

  private static boolean isShown;

  private Installation() {}

  /**
   * Installs the agent before the application begins.
   *
   * @param arguments the options; {@code off} switches all off
   * @param instrumentation the JVM's
   * @throws ReflectiveOperationException if the JDK's classes are not those that the agent knows
   * @throws IOException if the agent's jar cannot be read
   * @throws UnmodifiableClassException if the JVM refuses to change its classes
   */
  public static void premain(@Nullable String arguments, Instrumentation instrumentation)
      throws ReflectiveOperationException, IOException, UnmodifiableClassException {
    start(arguments, instrumentation, true);
  }

  /**
   * Installs the agent while the application runs, or switches the installed agent.
   *
   * @param arguments the options; {@code off} switches all off
   * @param instrumentation the JVM's
   * @throws ReflectiveOperationException if the JDK's classes are not those that the agent knows
   * @throws IOException if the agent's jar cannot be read
   * @throws UnmodifiableClassException if the JVM refuses to change its classes
   */
  public static void agentmain(@Nullable String arguments, Instrumentation instrumentation)
      throws ReflectiveOperationException, IOException, UnmodifiableClassException {
    start(arguments, instrumentation, false);
  }

  private static synchronized void start(
      @Nullable String arguments, Instrumentation instrumentation, boolean isFirst)
      throws ReflectiveOperationException, IOException, UnmodifiableClassException {
    if (!isFirst && !isShown) {
      isShown = true;
      show();
    }
    if (arguments != null && arguments.strip().equals(OFF)) {
      switchOff(OFF);
      return;
    }
    AgentOptions options;
    try {
      options = AgentOptions.read(arguments, System.getProperties(), System.getenv());
    } catch (IllegalArgumentException e) {
      refuse(e.getMessage());
      return;
    }
    String noBackend = Obstacles.ofBackend();
    if (noBackend != null) {
      refuse(noBackend);
      return;
    }
    if (!options.switchesSomethingOn()) {
      switchOff(NOTHING_ON);
      if (isFirst) {
        tell(NOTHING_ON);
      }
      return;
    }
    if (hooks == null) {
      hooks = install(instrumentation);
    }
    if (isFirst) {
      ON.beginAfterAgentsOf(Thread.currentThread());
    }
    String ofChannels = "";
    if (options.channels() || options.listeners()) {
      ofChannels = Channels.install(instrumentation, isFirst);
    }
    ON.to(options);
    String others = ofChannels;
    for (String malformed : Obstacles.ofProperties()) {
      tell(ON_BUT + malformed);
      others = join(others, malformed);
    }
    limits = others;
    if (isFirst) {
      // By default the server side is off: the state of a program that connects need not report
      // that.
      boolean connects = options.defersConnects();
      String ofKernel = Obstacles.ofKernel(connects, !connects && options.listeners());
      if (!ofKernel.isEmpty()) {
        tell(ON_BUT + ofKernel);
      }
    }
    showState();
  }

  private static void switchOff(String state) {
    ON.to(null);
    limits = null;
    System.setProperty(STATE, state);
  }

  /** Shows the present state to processes that attach: the kernel's switch can have changed. */
  private static void showState() {
    String others = limits;
    AgentOptions options = ON.options();
    if (others != null && options != null) {
      String all = join(others, Obstacles.ofKernel(options.defersConnects(), options.listeners()));
      System.setProperty(STATE, all.isEmpty() ? "on" : ON_BUT + all);
    }
  }

  private static String join(String some, String more) {
    return some.isEmpty() || more.isEmpty() ? some + more : some + "; " + more;
  }

  /** Shows the counters to JMX clients, where this JVM has JMX. */
  private static void show() {
    try {
      FastOpen.register();
    } catch (IllegalStateException | LinkageError e) {
      System.err.println("tfo-agent: INFO: the counters are not shown by JMX: " + e);
    }
  }

  /** Registers the MBean of this copy of the library. The bridge for JMX clients calls it. */
  public static synchronized void registerMBean() {
    showState();
    FastOpen.register();
  }

  private static JdkHooks install(Instrumentation instrumentation)
      throws ReflectiveOperationException, IOException, UnmodifiableClassException {
    // Opened only to this class loader; the library finds what it needs of the JDK through this
    // field.
    instrumentation.redefineModule(
        Object.class.getModule(),
        Set.of(),
        Map.of(),
        Map.of("java.lang.invoke", Set.of(Installation.class.getModule())),
        Set.of(),
        Map.of());
    Field field = MethodHandles.Lookup.class.getDeclaredField("IMPL_LOOKUP");
    field.setAccessible(true);
    MethodHandles.Lookup trusted = (MethodHandles.Lookup) field.get(null);
    JdkHooks installed = JdkHooks.install(instrumentation, trusted);
    installed.onConnect(new ConnectHook(ON));
    installed.onBind(new BindHook(ON, trusted));
    return installed;
  }

  /**
   * Creates the selector provider. The bridge on the system class path calls it.
   *
   * @return a new provider
   */
  public static SelectorProvider selectorProvider() {
    return Providers.ofSelectors(ON);
  }

  /**
   * Creates the provider of asynchronous channels, in the same way.
   *
   * @return a new provider
   */
  public static AsynchronousChannelProvider asynchronousChannelProvider() {
    return Providers.ofAsynchronousChannels(ON);
  }

  /** Reports why a start has changed nothing. */
  private static void refuse(@Nullable String why) {
    limits = null;
    String state = (ON.isOn() ? "on, unchanged: " : "not used: ") + why;
    System.setProperty(STATE, state);
    tell(state);
  }

  /**
   * Prints a line. It uses no logger: that would start the logging before the application can
   * configure it.
   */
  static void tell(String state) {
    System.err.println("tfo-agent: INFO: TCP Fast Open is " + state);
  }
}
