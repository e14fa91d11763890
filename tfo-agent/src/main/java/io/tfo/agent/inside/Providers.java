package io.tfo.agent.inside;

import io.tfo.nio.FastOpenAsynchronousChannelProvider;
import io.tfo.nio.FastOpenSelectorProvider;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import org.jspecify.annotations.Nullable;

/**
 * Creates the providers of channels, and checks their settings. A separate class, so that the start
 * of the agent loads neither.
 */
final class Providers {
  private Providers() {}

  static SelectorProvider ofSelectors(Switch on) {
    return new FastOpenSelectorProvider(on::channelTo, on::listeners);
  }

  static AsynchronousChannelProvider ofAsynchronousChannels(Switch on) {
    return new FastOpenAsynchronousChannelProvider(on::channelTo, on::listeners);
  }

  /** Returns what is wrong with the settings of both; null if nothing is. */
  static @Nullable String malformedProperty() {
    return FastOpenSelectorProvider.malformedProperty().orElse(null);
  }
}
