/**
 * The drop-in for NIO channels: {@link io.tfo.nio.FastOpenSelectorProvider}, for a whole process.
 */
@NullMarked
package io.tfo.nio;

import org.jspecify.annotations.NullMarked;
