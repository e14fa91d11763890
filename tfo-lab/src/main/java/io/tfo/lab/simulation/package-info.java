/**
 * Kernels of other systems, simulated on Linux: each takes the calls of its system, with that
 * system's numbers and layouts, answers as strictly as it would, and carries them out on Linux with
 * real TCP and real TCP Fast Open.
 *
 * <p>The numbers here are written down from the systems' headers. None is taken from a backend.
 */
@NullMarked
package io.tfo.lab.simulation;

import org.jspecify.annotations.NullMarked;
