/** The agent, beside its own copy of the library, in the class loader that has both. */
@NullMarked
package io.tfo.agent.inside;

import org.jspecify.annotations.NullMarked;
