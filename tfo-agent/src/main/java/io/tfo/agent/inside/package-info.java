/** The agent itself, in the class loader that also has its copy of the library. */
@NullMarked
package io.tfo.agent.inside;

import org.jspecify.annotations.NullMarked;
