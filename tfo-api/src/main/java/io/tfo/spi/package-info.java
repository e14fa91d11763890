/** What a backend implements: one way of sending a SYN with data, and what belongs to it. */
@NullMarked
package io.tfo.spi;

import org.jspecify.annotations.NullMarked;
