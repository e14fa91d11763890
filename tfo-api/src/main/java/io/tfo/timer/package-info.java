/** The timer thread that all parts of this library share, and the deadlines that it watches. */
@NullMarked
package io.tfo.timer;

import org.jspecify.annotations.NullMarked;
