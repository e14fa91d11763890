/** The part of Linux that its two backends share: the system calls, the sysctl, and TCP_INFO. */
@NullMarked
package io.tfo.linux;

import org.jspecify.annotations.NullMarked;
