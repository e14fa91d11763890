/**
 * The drop-ins for sockets: factories of {@link java.net.Socket} and {@link java.net.ServerSocket}.
 */
@NullMarked
package io.tfo.socket;

import org.jspecify.annotations.NullMarked;
