package io.tfo.socket;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import io.tfo.spi.SocketSupport;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/** A connector that is asked for sockets, and never for channels. */
abstract class SocketsOnly implements FastOpenConnector, SocketSupport {
  @Override
  public final FastOpenCapability capability() {
    return FastOpenCapability.available("for the test");
  }

  @Override
  public final boolean connect(SocketChannel channel, SocketAddress remote, ByteBuffer synData) {
    throw new AssertionError("a socket is no channel");
  }

  @Override
  public final FastOpenOutcome outcome(SocketChannel channel) {
    throw new AssertionError("a socket is no channel");
  }
}
