package io.tfo.socket;

import io.tfo.FastOpenConnector;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;

/** The JDK's own {@link ServerSocket} over a {@link ListeningSocketImpl}. */
final class FastOpenServerSocket extends ServerSocket {
  /** For accepted sockets, which are already connected. */
  private static final ConnectPolicy NEVER_CONNECTS =
      new ConnectPolicy(FastOpenConnector.system(), address -> false);

  FastOpenServerSocket(ListeningSocketImpl impl) {
    super(impl);
  }

  @Override
  public Socket accept() throws IOException {
    if (isClosed()) {
      throw new SocketException("Socket is closed");
    }
    if (!isBound()) {
      throw new SocketException("Socket is not bound yet");
    }
    Socket accepted = new FastOpenSocket(new ChannelSocketImpl(NEVER_CONNECTS));
    implAccept(accepted);
    return accepted;
  }
}
