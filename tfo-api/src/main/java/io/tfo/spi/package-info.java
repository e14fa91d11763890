/**
 * What a backend implements: {@link io.tfo.spi.FastOpenBackend}, and optionally {@link
 * io.tfo.spi.SelectorProviderSupport}. What it tells of its connects: {@link
 * io.tfo.spi.FastOpenActivity}, {@link io.tfo.spi.ConnectObservation}.
 */
@NullMarked
package io.tfo.spi;

import org.jspecify.annotations.NullMarked;
