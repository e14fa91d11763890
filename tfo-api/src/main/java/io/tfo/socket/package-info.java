/**
 * The drop-ins for sockets: {@link io.tfo.socket.FastOpenSocketFactory}, {@link
 * io.tfo.socket.FastOpenSslSocketFactory} and {@link io.tfo.socket.FastOpenServerSocketFactory}.
 */
@NullMarked
package io.tfo.socket;

import org.jspecify.annotations.NullMarked;
