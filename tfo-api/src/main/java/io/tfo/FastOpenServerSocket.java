package io.tfo;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;

/** The JDK's own {@link ServerSocket} over a {@link ListeningSocketImpl}. */
final class FastOpenServerSocket extends ServerSocket {
  /** Accepted sockets are connected: nobody asks it. */
  private static final ConnectPolicy NOT_ASKED =
      new ConnectPolicy(
          new PlainConnector(FastOpenCapability.unsupported("accepted")), address -> false);

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
    Socket accepted = new FastOpenSocket(new ChannelSocketImpl(NOT_ASKED));
    implAccept(accepted);
    return accepted;
  }
}
