/**
 * What the JDK finds of the agent by name, on the system class path: where it starts, and the
 * providers. All else is in {@code io.tfo.agent.inside}, in a class loader of its own.
 */
@NullMarked
package io.tfo.agent;

import org.jspecify.annotations.NullMarked;
