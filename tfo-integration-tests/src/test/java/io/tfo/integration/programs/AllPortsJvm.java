package io.tfo.integration.programs;

import io.tfo.integration.nio.ProviderJvm;

/** Defers connects to all ports, for as long as the provider does by default. */
final class AllPortsJvm extends ProviderJvm {
  AllPortsJvm() {
    super(
        SwitchedProvider.class,
        "-Dio.tfo.provider.ports=all",
        "-Djava.nio.channels.spi.AsynchronousChannelProvider="
            + SwitchedAsynchronousProvider.class.getName());
  }
}
