/**
 * The interfaces that a backend implements: {@link io.tfo.spi.FastOpenBackend}, and optionally
 * {@link io.tfo.spi.SelectorProviderSupport}. The classes to which it reports its connects: {@link
 * io.tfo.spi.FastOpenActivity}, {@link io.tfo.spi.ConnectObservation}.
 */
@NullMarked
package io.tfo.spi;

import org.jspecify.annotations.NullMarked;
