package io.tfo.integration.agent;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A program that uses neither this library nor any other. It starts, fetches, and ends. Its last
 * line has the kernel's counters. All other lines are the same with and without the agent.
 */
final class PlainProgram {
  static final int EXIT = 3;
  static final int PORT = 8443;
  static final String KERNEL = "kernel: ";

  private PlainProgram() {}

  public static void main(String[] arguments) throws Exception {
    System.out.println("in the namespace"); // as in ChildJvm, which is on no class path here
    if (arguments.length > 0) {
      Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_fastopen"), arguments[0]);
    }
    fetchByAll();
    System.out.println(
        KERNEL + counter("TCPFastOpenActive") + " sent, " + counter("TCPFastOpenPassive"));
    System.exit(EXIT);
  }

  /**
   * Makes three connects by sockets, and as many by each kind of channel. Returns after the
   * server's thread has ended: during that thread's system call, the kernel keeps the port.
   */
  static void fetchByAll() throws IOException, InterruptedException {
    Thread echo;
    try (ServerSocket server = new ServerSocket(PORT, 50, InetAddress.getLoopbackAddress())) {
      echo = new Thread(() -> echo(server), "echo");
      echo.setDaemon(true);
      echo.start();
      InetSocketAddress address = new InetSocketAddress(server.getInetAddress(), PORT);
      for (int i = 0; i < 3; i++) {
        System.out.println("by a socket: " + bySocket(address, 'a' + i));
      }
      for (int i = 0; i < 3; i++) {
        System.out.println("by a channel: " + byChannel(address, 'a' + i));
      }
      for (int i = 0; i < 3; i++) {
        System.out.println("by an asynchronous one: " + byAsynchronous(address, 'a' + i));
      }
    }
    echo.join(10_000);
  }

  private static void echo(ServerSocket server) {
    try {
      while (true) {
        try (Socket accepted = server.accept()) {
          accepted.getOutputStream().write(accepted.getInputStream().read());
        }
      }
    } catch (IOException e) {
      // The server is closed.
    }
  }

  private static char bySocket(InetSocketAddress address, int data) throws IOException {
    try (Socket socket = new Socket()) {
      socket.connect(address, 10_000);
      socket.getOutputStream().write(data);
      return (char) socket.getInputStream().read();
    }
  }

  private static char byChannel(InetSocketAddress address, int data) throws IOException {
    try (SocketChannel channel = SocketChannel.open();
        Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
      if (!channel.connect(address)) {
        selector.select(10_000);
        channel.finishConnect();
      }
      channel.write(ByteBuffer.wrap(new byte[] {(byte) data}));
      key.interestOps(SelectionKey.OP_READ);
      selector.selectedKeys().clear();
      selector.select(10_000);
      ByteBuffer reply = ByteBuffer.allocate(1);
      channel.read(reply);
      return (char) reply.get(0);
    }
  }

  private static char byAsynchronous(InetSocketAddress address, int data)
      throws IOException, InterruptedException {
    try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
      channel.connect(address).get(10, TimeUnit.SECONDS);
      channel.write(ByteBuffer.wrap(new byte[] {(byte) data})).get(10, TimeUnit.SECONDS);
      ByteBuffer reply = ByteBuffer.allocate(1);
      channel.read(reply).get(10, TimeUnit.SECONDS);
      return (char) reply.get(0);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(e);
    }
  }

  static long counter(String name) throws IOException {
    List<List<String>> table =
        Files.readAllLines(Path.of("/proc/self/net/netstat")).stream()
            .filter(line -> line.startsWith("TcpExt:"))
            .map(line -> List.of(line.split(" ")))
            .toList();
    return Long.parseLong(table.get(1).get(table.get(0).indexOf(name)));
  }
}
