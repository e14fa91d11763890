/** TCP Fast Open by {@code connectx}, macOS 10.11 and later. */
@NullMarked
package io.tfo.backend.darwin;

import org.jspecify.annotations.NullMarked;
