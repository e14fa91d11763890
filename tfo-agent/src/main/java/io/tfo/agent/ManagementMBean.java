package io.tfo.agent;

/** The interface of {@link Management}, which JMX requires; it has no attributes. */
public interface ManagementMBean {}
