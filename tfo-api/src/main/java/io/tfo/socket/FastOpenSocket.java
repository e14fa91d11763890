package io.tfo.socket;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.SocketChannel;

/**
 * The JDK's own {@link Socket} over a {@link ChannelSocketImpl}. Its states, checks and messages
 * are those of the JDK in use.
 */
final class FastOpenSocket extends Socket {
  private final ChannelSocketImpl impl;

  FastOpenSocket(ChannelSocketImpl impl) throws SocketException {
    super(impl);
    this.impl = impl;
  }

  /** Checks for a closed socket: {@link Socket} does not, and would open a channel and leak it. */
  @Override
  public void sendUrgentData(int data) throws IOException {
    if (isClosed()) {
      throw SocketErrors.closed();
    }
    super.sendUrgentData(data);
  }

  /** Returns the channel behind this socket, which {@link #getChannel()} does not return. */
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
