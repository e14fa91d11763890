package io.tfo;

import io.tfo.spi.FastOpenActivity;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;
import java.util.Objects;

/** Connects as the JDK does, without TCP Fast Open: the fallback without a backend. */
record PlainConnector(FastOpenCapability capability) implements FastOpenConnector {
  @Override
  public boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData)
      throws IOException {
    Objects.requireNonNull(synData, "synData");
    FastOpenActivity.plain(FastOpenStatistics.PlainReason.OFF);
    boolean connected = channel.connect(remote);
    while (synData.hasRemaining() && channel.isBlocking()) {
      channel.write(synData);
    }
    return connected;
  }

  @Override
  public FastOpenOutcome outcome(SocketChannel channel) throws IOException {
    requireConnected(channel);
    return FastOpenOutcome.NOT_ATTEMPTED;
  }

  static void requireConnected(SocketChannel channel) throws IOException {
    if (!channel.isOpen()) {
      throw new ClosedChannelException();
    }
    if (!channel.isConnected()) {
      throw new NotYetConnectedException();
    }
  }
}
