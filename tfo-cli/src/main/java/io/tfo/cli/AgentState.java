package io.tfo.cli;

import java.util.Optional;
import java.util.Properties;

/**
 * What the agent in another JVM tells of itself, by system properties that it sets there.
 *
 * @param text whether it is on and, if not or not for all, why
 * @param jar its jar, in the file system of that process; not as a {@code Path}, which cannot have
 *     every name in this process' locale
 */
record AgentState(String text, String jar) {
  /** Empty where there is no agent. */
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

  /** Whether it has refused what it was asked for last, and does what it did before. */
  boolean isUnchanged() {
    return text.startsWith("on, unchanged");
  }
}
