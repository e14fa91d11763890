package io.tfo.cli;

import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** An application that knows nothing of JMX: makes a connection for each line of its input. */
final class ObservedProgram {
  private ObservedProgram() {}

  public static void main(String[] args) throws IOException {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    FastOpenSocketFactory sockets = FastOpenSocketFactory.system();
    try (ServerSocket server =
        FastOpenServerSocketFactory.system().createServerSocket(0, 50, loopback)) {
      System.out.println("ready");
      while (System.in.read() == '\n') {
        try (Socket client = sockets.createSocket(loopback, server.getLocalPort())) {
          client.getOutputStream().write(1);
          try (Socket accepted = server.accept()) {
            System.out.println(accepted.getInputStream().read());
          }
        }
      }
    }
  }
}
