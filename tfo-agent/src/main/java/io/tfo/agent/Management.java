package io.tfo.agent;

/**
 * An MBean that a JMX client, such as {@code tfo doctor --pid}, creates by its class name. It makes
 * the agent's copy of the library register its own MBean. Until then, the agent loads no JMX.
 */
public final class Management implements ManagementMBean {
  /**
   * Registers {@code io.tfo:type=FastOpen}, if that is not done yet.
   *
   * @throws ReflectiveOperationException if the agent was not started
   */
  public Management() throws ReflectiveOperationException {
    TfoAgent.registerMBean();
  }
}
