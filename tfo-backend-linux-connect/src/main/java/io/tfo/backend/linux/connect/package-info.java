/** TCP Fast Open by {@code TCP_FASTOPEN_CONNECT}, Linux 4.11 and later. */
@NullMarked
package io.tfo.backend.linux.connect;

import org.jspecify.annotations.NullMarked;
