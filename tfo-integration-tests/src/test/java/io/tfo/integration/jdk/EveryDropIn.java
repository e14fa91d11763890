package io.tfo.integration.jdk;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenStatistics;
import io.tfo.socket.FastOpenServerSocketFactory;
import io.tfo.socket.FastOpenSocketFactory;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/** Connects twice by each drop-in, and tells what the server has received. */
public final class EveryDropIn {
  private static final int MOST_SECONDS = 20;
  private static final InetSocketAddress ANY =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

  private EveryDropIn() {}

  private interface Client {
    void write(InetSocketAddress server) throws Exception;
  }

  /** What each drop-in prints. */
  static String received(String dropIn) {
    return dropIn + ": [1, 2, 3] [1, 2, 3]";
  }

  /** What each drop-in prints before the number of its SYNs that have the option. */
  static String attempts(String dropIn) {
    return dropIn + " attempts: ";
  }

  public static void main(String[] args) throws Exception {
    try (ServerSocketChannel listener =
        FastOpenListener.system().open(ANY, 50, FastOpenListener.FAST_OPEN_BACKLOG)) {
      tell("connector", listener.socket(), EveryDropIn::byConnector);
    }
    try (ServerSocket listener =
        new FastOpenServerSocketFactory().createServerSocket(0, 50, ANY.getAddress())) {
      tell("socket", listener, EveryDropIn::bySocket);
    }
    try (ServerSocketChannel listener = ServerSocketChannel.open().bind(ANY)) {
      tell("channel", listener.socket(), EveryDropIn::byChannel);
      tell("asynchronous channel", listener.socket(), EveryDropIn::byAsynchronousChannel);
    }
    try (AsynchronousServerSocketChannel listener =
        AsynchronousServerSocketChannel.open().bind(ANY)) {
      byChannel((InetSocketAddress) listener.getLocalAddress());
      ByteBuffer received = ByteBuffer.allocate(3);
      try (AsynchronousSocketChannel accepted =
          listener.accept().get(MOST_SECONDS, TimeUnit.SECONDS)) {
        accepted.read(received).get(MOST_SECONDS, TimeUnit.SECONDS);
      }
      System.out.println("asynchronous listener: " + Arrays.toString(received.array()));
    }
  }

  private static void tell(String dropIn, ServerSocket listener, Client client) throws Exception {
    long before = FastOpenStatistics.snapshot().attempted();
    StringBuilder line = new StringBuilder(dropIn + ":");
    for (int i = 0; i < 2; i++) {
      client.write((InetSocketAddress) listener.getLocalSocketAddress());
      try (Socket accepted = listener.accept();
          InputStream in = accepted.getInputStream()) {
        line.append(' ').append(Arrays.toString(in.readAllBytes()));
      }
    }
    System.out.println(line);
    System.out.println(attempts(dropIn) + (FastOpenStatistics.snapshot().attempted() - before));
  }

  private static ByteBuffer data() {
    return ByteBuffer.wrap(new byte[] {1, 2, 3});
  }

  private static void byConnector(InetSocketAddress server) throws Exception {
    FastOpenConnector.system().open(server, data()).close();
  }

  private static void bySocket(InetSocketAddress server) throws Exception {
    try (Socket socket = new FastOpenSocketFactory().createSocket()) {
      socket.connect(server);
      socket.getOutputStream().write(data().array());
    }
  }

  private static void byChannel(InetSocketAddress server) throws Exception {
    try (SocketChannel channel = SocketChannel.open();
        Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      if (!channel.connect(server)) {
        channel.register(selector, SelectionKey.OP_CONNECT);
        selector.select(TimeUnit.SECONDS.toMillis(MOST_SECONDS));
        channel.finishConnect();
      }
      channel.write(data());
    }
  }

  private static void byAsynchronousChannel(InetSocketAddress server) throws Exception {
    try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
      channel.connect(server).get(MOST_SECONDS, TimeUnit.SECONDS);
      channel.write(data()).get(MOST_SECONDS, TimeUnit.SECONDS);
    }
  }
}
