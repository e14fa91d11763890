/** The lines that this library logs. */
@NullMarked
package io.tfo.log;

import org.jspecify.annotations.NullMarked;
