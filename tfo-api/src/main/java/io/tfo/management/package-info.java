/**
 * JMX: {@link io.tfo.management.FastOpenMXBean}. Needs the module {@code java.management}, which
 * nothing else of this library needs.
 */
@NullMarked
package io.tfo.management;

import org.jspecify.annotations.NullMarked;
