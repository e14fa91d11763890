/**
 * TCP Fast Open by {@code ConnectEx}, Windows 10 1607 and later.
 *
 * <p>An overlapped {@code ConnectEx} carries the data. A completion port reports its completion; a
 * socket with a port also keeps its operation when the thread that issued it ends. Then the
 * socket's context is updated, and the JDK finishes the connect.
 */
@NullMarked
package io.tfo.backend.windows;

import org.jspecify.annotations.NullMarked;
