package io.tfo.cli;

import java.util.Optional;
import java.util.Properties;

/**
 * The state of the agent in another JVM, from system properties that it sets there.
 *
 * @param text whether it is on and, if not or not for all, why
 * @param jar its jar, in the file system of that process; not a {@code Path}, which cannot
 *     represent every name in this process' locale
 */
record AgentState(String text, String jar) {
  /** Returns the state; empty if there is no agent. */
  static Optional<AgentState> of(Properties properties) {
    return Optional.ofNullable(properties.getProperty("io.tfo.agent.jar"))
        .map(jar -> new AgentState(properties.getProperty("io.tfo.agent.state", "unknown"), jar));
  }

  boolean isOn() {
    return text.startsWith("on");
  }

  boolean isOff() {
    return text.startsWith("off");
  }

  /** Whether it has refused the last request, and goes on as before. */
  boolean isUnchanged() {
    return text.startsWith("on, unchanged");
  }
}
