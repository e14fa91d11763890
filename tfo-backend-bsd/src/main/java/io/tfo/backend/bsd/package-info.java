/** TCP Fast Open by {@code setsockopt(TCP_FASTOPEN)} and {@code sendto}, FreeBSD 12 and later. */
@NullMarked
package io.tfo.backend.bsd;

import org.jspecify.annotations.NullMarked;
