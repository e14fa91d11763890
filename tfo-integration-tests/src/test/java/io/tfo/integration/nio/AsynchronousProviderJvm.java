package io.tfo.integration.nio;

import io.tfo.integration.jvm.InChildJvm;
import io.tfo.nio.FastOpenAsynchronousChannelProvider;
import java.io.IOException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.List;

/** Runs the tests of a class in a JVM whose provider of asynchronous channels is ours. */
public final class AsynchronousProviderJvm extends InChildJvm {
  @Override
  protected boolean isThisJvm() {
    return AsynchronousChannelProvider.provider() instanceof FastOpenAsynchronousChannelProvider;
  }

  /** Defers connects for as long as a busy machine may take to the first write. */
  @Override
  protected List<String> options() {
    return List.of(
        "-D"
            + AsynchronousChannelProvider.class.getName()
            + "="
            + FastOpenAsynchronousChannelProvider.class.getName(),
        "-Dio.tfo.provider.ports=443,8000-8999",
        "-Dio.tfo.provider.firstWriteMillis=3000");
  }

  /** The provider looks for backends at its first channel, and not on a host of a lab. */
  @Override
  protected void begin() throws IOException {
    AsynchronousSocketChannel.open().close();
  }
}
