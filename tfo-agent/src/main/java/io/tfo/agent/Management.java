package io.tfo.agent;

/**
 * An MBean that a JMX client creates by the name of its class, to have the agent's copy of the
 * library register its own: so does {@code tfo doctor --pid}. Until then, the agent loads no JMX.
 */
public final class Management implements ManagementMBean {
  /**
   * Has {@code io.tfo:type=FastOpen} registered, if it is not yet.
   *
   * @throws ReflectiveOperationException if the agent was not started
   */
  public Management() throws ReflectiveOperationException {
    TfoAgent.registerMBean();
  }
}
