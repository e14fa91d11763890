/**
 * The command line {@code tfo}. {@link io.tfo.cli.Tfo} is the main class, and lists the commands.
 */
@NullMarked
package io.tfo.cli;

import org.jspecify.annotations.NullMarked;
