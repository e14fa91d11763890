/** The part that FreeBSD and macOS share: the error numbers of 4.4BSD, and integer sysctls. */
@NullMarked
package io.tfo.jna.bsd;

import org.jspecify.annotations.NullMarked;
