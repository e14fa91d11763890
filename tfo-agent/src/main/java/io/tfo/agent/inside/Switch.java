package io.tfo.agent.inside;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import java.net.InetSocketAddress;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What is switched on now, by the options. The first connect and the first listener that could use
 * TCP Fast Open tell in a line if they cannot.
 */
final class Switch {
  private final AtomicBoolean connectTold = new AtomicBoolean();
  private final AtomicBoolean listenTold = new AtomicBoolean();

  /** Null where all is off. */
  private volatile @Nullable AgentOptions options;

  void to(@Nullable AgentOptions now) {
    options = now;
  }

  boolean socketTo(InetSocketAddress destination) {
    AgentOptions now = options;
    return now != null && now.sockets() && now.accepts(destination);
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

  /** Whether listeners are to accept TCP Fast Open. Loads no backend and tells nothing. */
  boolean wantsListeners() {
    AgentOptions now = options;
    return now != null && now.listeners();
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

  /** Of what is unsupported, the library itself tells when it chooses a backend. */
  private static void tell(
      AtomicBoolean told, String text, Supplier<FastOpenCapability> capability) {
    if (told.compareAndSet(false, true)) {
      FastOpenCapability now = capability.get();
      if (now.status() == FastOpenCapability.Status.DISABLED) {
        // The logger, too, is created only now: the application has configured its logging.
        System.getLogger("io.tfo").log(System.Logger.Level.INFO, text + now);
      }
    }
  }
}
