/**
 * The command line: {@code doctor}, {@code demo}, {@code conformance}, {@code serve}, {@code
 * connect}.
 */
@NullMarked
package io.tfo.testkit.cli;

import org.jspecify.annotations.NullMarked;
