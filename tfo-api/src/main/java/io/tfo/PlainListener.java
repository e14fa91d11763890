package io.tfo;

import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/** The listener of the JDK, where there is no backend. */
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

  /** A setting may have the kernel accept TCP Fast Open on every listener: nobody here can tell. */
  @Override
  public FastOpenOutcome outcome(SocketChannel accepted) throws IOException {
    PlainConnector.requireConnected(accepted);
    return FastOpenOutcome.UNKNOWN;
  }
}
