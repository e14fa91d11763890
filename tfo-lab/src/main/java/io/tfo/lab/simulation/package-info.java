/**
 * The part that simulated kernels share. A simulated kernel takes the calls of another system, with
 * that system's numbers and layouts, answers as strictly as that system would, and carries the
 * calls out on Linux with real TCP and real TCP Fast Open.
 *
 * <p>The numbers here are written down from the systems' headers. None is taken from a backend.
 */
@NullMarked
package io.tfo.lab.simulation;

import org.jspecify.annotations.NullMarked;
