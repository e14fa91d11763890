/**
 * The command line: {@code doctor}, {@code demo}, {@code conformance}, {@code serve}, {@code
 * connect}.
 */
@NullMarked
package io.tfo.cli;

import org.jspecify.annotations.NullMarked;
