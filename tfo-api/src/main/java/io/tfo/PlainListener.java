package io.tfo;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** Binds as the JDK does, without TCP Fast Open: the fallback without a backend. */
record PlainListener(FastOpenCapability capability) implements FastOpenListener {
  @Override
  public ServerSocketChannel bind(
      ServerSocketChannel channel, @Nullable SocketAddress local, int backlog, int fastOpenBacklog)
      throws IOException {
    if (fastOpenBacklog < 0) {
      throw new IllegalArgumentException("fastOpenBacklog is negative: " + fastOpenBacklog);
    }
    return channel.bind(local, backlog);
  }

  /**
   * Returns {@code UNKNOWN}: a kernel setting can switch TCP Fast Open on for every listener, and
   * without a backend there is no way to find out.
   */
  @Override
  public FastOpenOutcome outcome(SocketChannel accepted) throws IOException {
    PlainConnector.requireConnected(accepted);
    return FastOpenOutcome.UNKNOWN;
  }
}
