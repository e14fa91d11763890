package io.tfo.integration.nio;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tfo.nio.FastOpenSelectorProvider;
import java.io.IOException;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;

/** The process's provider, which the build makes ours for the tests of this package. */
final class Provider {
  private Provider() {}

  /** Skips where the JVM was started without it, as by an IDE; then has it look for backends. */
  static void require() throws IOException {
    assumeTrue(
        SelectorProvider.provider() instanceof FastOpenSelectorProvider,
        "run java with -Djava.nio.channels.spi.SelectorProvider=io.tfo.nio.FastOpenSelectorProvider"
            + " -Dio.tfo.provider.ports=443,8000-8999 -Dio.tfo.provider.firstWriteMillis=3000");
    SocketChannel.open().close();
  }
}
