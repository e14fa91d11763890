package io.tfo.socket;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;

/**
 * The JDK's own {@link Socket} over a {@link ChannelSocketImpl}: so its states, its checks and its
 * messages are those of the JDK that runs.
 */
final class FastOpenSocket extends Socket {
  private final ChannelSocketImpl impl;

  FastOpenSocket(ChannelSocketImpl impl) throws SocketException {
    super(impl);
    this.impl = impl;
  }

  /** {@link Socket} does not check, and would open a channel that nobody closes. */
  @Override
  public void sendUrgentData(int data) throws IOException {
    if (isClosed()) {
      throw SocketErrors.closed();
    }
    super.sendUrgentData(data);
  }

  /** The channel behind this socket, which {@link #getChannel()} does not show. */
  SocketChannel channel() throws ClosedChannelException {
    if (isClosed()) {
      throw new ClosedChannelException();
    }
    if (!isConnected()) {
      throw new NotYetConnectedException();
    }
    return impl.channel();
  }
}
