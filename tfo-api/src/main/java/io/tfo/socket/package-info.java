/**
 * The drop-ins for sockets: {@link io.tfo.socket.FastOpenSocketFactory} and {@link
 * io.tfo.socket.FastOpenServerSocketFactory}.
 */
@NullMarked
package io.tfo.socket;

import org.jspecify.annotations.NullMarked;
