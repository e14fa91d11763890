/** TCP Fast Open by {@code sendto(MSG_FASTOPEN)}, Linux 3.7 and later. */
@NullMarked
package io.tfo.backend.linux.legacy;

import org.jspecify.annotations.NullMarked;
