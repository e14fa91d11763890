/**
 * The classes of the agent that the JDK finds by name on the system class path: the start, and the
 * providers. All others are in {@code io.tfo.agent.inside}, in a class loader of its own.
 */
@NullMarked
package io.tfo.agent;

import org.jspecify.annotations.NullMarked;
