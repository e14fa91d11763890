package io.tfo.socket;

import io.tfo.spi.AcceptObservation;
import io.tfo.spi.FastOpenActivity;
import io.tfo.spi.ServerSocketSupport;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/** The JDK's own server socket, on whose descriptor the option is set when it is bound. */
final class FastOpenServerSocket extends ServerSocket {
  private final ServerSocketSupport support;
  private final int fastOpenBacklog;

  FastOpenServerSocket(ServerSocketSupport support, int fastOpenBacklog) throws IOException {
    this.support = support;
    this.fastOpenBacklog = fastOpenBacklog;
  }

  @Override
  public void bind(@Nullable SocketAddress endpoint, int backlog) throws IOException {
    support.bind(this, fastOpenBacklog, () -> super.bind(endpoint, backlog));
  }

  @Override
  public Socket accept() throws IOException {
    Socket accepted = super.accept();
    if (FastOpenActivity.isAcceptObserved()) {
      AcceptObservation.accepted(
          (InetSocketAddress) accepted.getRemoteSocketAddress(),
          getLocalPort(),
          () -> support.outcome(accepted));
    }
    return accepted;
  }
}
