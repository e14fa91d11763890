/**
 * TCP Fast Open by {@code ConnectEx}, Windows 10 1607 and later.
 *
 * <p>An overlapped {@code ConnectEx} carries the data; a completion port tells when it is done,
 * which is also what keeps Windows from cancelling it when the thread that issued it ends. Then the
 * socket's context is updated, and the JDK finishes the connect.
 */
@NullMarked
package io.tfo.backend.windows;

import org.jspecify.annotations.NullMarked;
