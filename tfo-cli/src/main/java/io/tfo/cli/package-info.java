/**
 * The command line {@code tfo}, with the commands {@code doctor}, {@code demo}, {@code
 * conformance}, {@code serve} and {@code connect}. {@link io.tfo.cli.Tfo} is the main class.
 */
@NullMarked
package io.tfo.cli;

import org.jspecify.annotations.NullMarked;
