/**
 * Two hosts and a wire between them, inside one JVM.
 *
 * <p>{@link io.tfo.lab.Lab} makes two Linux network namespaces and joins them by a wire that
 * delays, drops, edits and records every TCP segment, so that a test sees what TCP Fast Open (RFC
 * 7413) really puts into a SYN. Nothing of it touches the machine's own network.
 */
@NullMarked
package io.tfo.lab;

import org.jspecify.annotations.NullMarked;
