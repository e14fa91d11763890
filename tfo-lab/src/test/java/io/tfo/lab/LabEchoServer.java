package io.tfo.lab;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.Callable;

/** An echo server on the server of a lab, where every listener takes SYN data. */
final class LabEchoServer implements AutoCloseable {
  private static final String FAST_OPEN_WITHOUT_SOCKET_OPTION = "1027"; // 0x400, 2 and 1

  private final Lab lab;
  private final ServerSocketChannel listener;

  LabEchoServer(Lab lab) throws Exception {
    this.lab = lab;
    lab.server().sysctl("net.ipv4.tcp_fastopen", FAST_OPEN_WITHOUT_SOCKET_OPTION);
    listener = lab.server().call(ServerSocketChannel::open);
    listener.bind(new InetSocketAddress(0));
    lab.server().start(this::accept);
  }

  InetSocketAddress at(InetAddress address) throws IOException {
    return new InetSocketAddress(address, listener.socket().getLocalPort());
  }

  InetSocketAddress address() throws IOException {
    return at(lab.server().ipv4());
  }

  private Void accept() throws IOException {
    while (true) {
      SocketChannel channel = listener.accept();
      lab.server().start(echo(channel));
    }
  }

  private static Callable<Void> echo(SocketChannel channel) {
    return () -> {
      try (channel) {
        ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 16);
        while (channel.read(buffer) >= 0) {
          buffer.flip();
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
          buffer.clear();
        }
      }
      return null;
    };
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
