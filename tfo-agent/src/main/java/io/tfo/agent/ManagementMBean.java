package io.tfo.agent;

/** What JMX demands of {@link Management}: it has nothing to tell. */
public interface ManagementMBean {}
