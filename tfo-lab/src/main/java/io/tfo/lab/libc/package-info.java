/**
 * The C library of Linux, for the lab and for simulated kernels. The package is not exported.
 *
 * <p>It shares nothing with the backends' own bindings: a wrong signature there is not repeated
 * here.
 */
@NullMarked
package io.tfo.lab.libc;

import org.jspecify.annotations.NullMarked;
