/**
 * The drop-ins for channels, each for a whole process: {@link io.tfo.nio.FastOpenSelectorProvider}
 * for NIO channels, {@link io.tfo.nio.FastOpenAsynchronousChannelProvider} for asynchronous
 * channels.
 */
@NullMarked
package io.tfo.nio;

import org.jspecify.annotations.NullMarked;
