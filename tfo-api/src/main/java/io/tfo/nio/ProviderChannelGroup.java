package io.tfo.nio;

import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A group of the JDK's that reports another provider. The JDK opens the channels of a group by the
 * provider that the group reports, and its own groups always report the JDK's.
 */
final class ProviderChannelGroup extends AsynchronousChannelGroup {
  private final AsynchronousChannelGroup jdk;

  ProviderChannelGroup(AsynchronousChannelProvider provider, AsynchronousChannelGroup jdk) {
    super(provider);
    this.jdk = jdk;
  }

  /** Returns the JDK's group behind a group of this class; any other group unchanged. */
  static @Nullable AsynchronousChannelGroup ofJdk(@Nullable AsynchronousChannelGroup group) {
    return group instanceof ProviderChannelGroup own ? own.jdk : group;
  }

  @Override
  public boolean isShutdown() {
    return jdk.isShutdown();
  }

  @Override
  public boolean isTerminated() {
    return jdk.isTerminated();
  }

  @Override
  public void shutdown() {
    jdk.shutdown();
  }

  @Override
  public void shutdownNow() throws IOException {
    jdk.shutdownNow();
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
    return jdk.awaitTermination(timeout, unit);
  }

  @Override
  public String toString() {
    return jdk.toString();
  }
}
