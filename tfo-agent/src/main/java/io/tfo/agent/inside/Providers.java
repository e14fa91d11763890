package io.tfo.agent.inside;

import io.tfo.nio.FastOpenAsynchronousChannelProvider;
import io.tfo.nio.FastOpenSelectorProvider;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;

/** Creates the providers of channels. Apart, so that the start of the agent loads neither. */
final class Providers {
  private Providers() {}

  static SelectorProvider ofSelectors(Switch on) {
    return new FastOpenSelectorProvider(on::channelTo, on::listeners);
  }

  static AsynchronousChannelProvider ofAsynchronousChannels(Switch on) {
    return new FastOpenAsynchronousChannelProvider(on::channelTo, on::listeners);
  }
}
