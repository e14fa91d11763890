package io.tfo.agent.inside;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.log.ProgramLog;
import java.net.InetSocketAddress;
import java.security.AccessController;
import java.security.PrivilegedAction;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The switch of the agent: what the options switch on now. If the first connect or the first
 * listener that should use TCP Fast Open cannot, a line is logged.
 */
final class Switch {
  private final AtomicBoolean connectTold = new AtomicBoolean();
  private final AtomicBoolean listenTold = new AtomicBoolean();

  /** Null if all is off. */
  private volatile @Nullable AgentOptions options;

  /** The thread that runs all agents and then {@code main}; null once that has begun. */
  private volatile @Nullable Thread starter;

  void to(@Nullable AgentOptions now) {
    options = now;
  }

  /** Leaves all sockets unchanged until this thread has run the last agent. */
  void beginAfterAgentsOf(Thread current) {
    starter = current;
  }

  /**
   * Whether the program has begun. Before that, other agents may connect: a look-up of backends can
   * log, and would start the logging before the program can configure it.
   */
  @SuppressWarnings("removal")
  private boolean hasProgramBegun() {
    Thread running = starter;
    if (running == null) {
      return true;
    }
    PrivilegedAction<StackTraceElement[]> stack = running::getStackTrace;
    for (StackTraceElement each : AccessController.doPrivileged(stack)) {
      if (each.getMethodName().equals("loadClassAndStartAgent")) {
        return false;
      }
    }
    starter = null;
    return true;
  }

  boolean socketTo(InetSocketAddress destination) {
    AgentOptions now = options;
    return now != null && now.sockets() && now.accepts(destination) && hasProgramBegun();
  }

  boolean channelTo(InetSocketAddress destination) {
    AgentOptions now = options;
    boolean accepted = now != null && now.channels() && now.accepts(destination);
    if (accepted) {
      tellOfConnects();
    }
    return accepted;
  }

  boolean isOn() {
    return options != null;
  }

  /** The options that are switched on; null if all is off. */
  @Nullable AgentOptions options() {
    return options;
  }

  /** Whether listeners are to accept TCP Fast Open. Loads no backend and logs nothing. */
  boolean wantsListeners() {
    AgentOptions now = options;
    return now != null && now.listeners() && hasProgramBegun();
  }

  boolean listeners() {
    boolean accepted = wantsListeners();
    if (accepted) {
      tellOfListeners();
    }
    return accepted;
  }

  void tellOfConnects() {
    tell(connectTold, "connects are plain: ", FastOpenConnector.system()::capability);
  }

  void tellOfListeners() {
    tell(listenTold, "listeners are ordinary ones: ", FastOpenListener.system()::capability);
  }

  /**
   * Logs a capability once. Does not log an unsupported one: the library does, when it chooses a
   * backend.
   */
  private static void tell(
      AtomicBoolean told, String text, Supplier<FastOpenCapability> capability) {
    if (told.compareAndSet(false, true)) {
      FastOpenCapability now = capability.get();
      if (now.status() == FastOpenCapability.Status.DISABLED) {
        // The logger, too, is created only now: the application has configured its logging.
        ProgramLog.log(System.Logger.Level.INFO, text + now);
      }
    }
  }
}
