/**
 * What a backend implements: {@link io.tfo.spi.FastOpenBackend}, and optionally {@link
 * io.tfo.spi.SelectorProviderSupport}.
 */
@NullMarked
package io.tfo.spi;

import org.jspecify.annotations.NullMarked;
