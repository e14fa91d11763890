package io.tfo.integration.nio;

import io.tfo.integration.jvm.InChildJvm;
import io.tfo.nio.FastOpenSelectorProvider;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.util.List;
import java.util.stream.Stream;

/**
 * Runs the tests of a class in a JVM whose selector provider is ours. A JVM has one selector
 * provider, which a system property names when the first channel opens.
 */
public class ProviderJvm extends InChildJvm {
  private final Class<? extends SelectorProvider> provider;
  private final List<String> options;

  /** Defers connects to some ports, for as long as a busy machine may take to the first write. */
  public ProviderJvm() {
    this(
        FastOpenSelectorProvider.class,
        "-Dio.tfo.provider.ports=443,8000-8999",
        "-Dio.tfo.provider.firstWriteMillis=3000");
  }

  /** A JVM with another provider, and with options of its own. */
  protected ProviderJvm(Class<? extends SelectorProvider> provider, String... options) {
    this.provider = provider;
    this.options =
        Stream.concat(
                Stream.of("-Djava.nio.channels.spi.SelectorProvider=" + provider.getName()),
                Stream.of(options))
            .toList();
  }

  @Override
  protected boolean isThisJvm() {
    return provider.isInstance(SelectorProvider.provider());
  }

  @Override
  protected List<String> options() {
    return options;
  }

  /** The provider looks for backends at its first channel, and not on a host of a lab. */
  @Override
  protected void begin() throws IOException {
    SocketChannel.open().close();
  }
}
