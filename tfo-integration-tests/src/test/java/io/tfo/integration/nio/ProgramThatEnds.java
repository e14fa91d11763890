package io.tfo.integration.nio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

/**
 * Connects twice to a server at an address and port, so that it is known and its cookie, too. Then
 * waits for a byte of input, which says where it connects, writes and closes; and ends.
 */
final class ProgramThatEnds {
  static final byte BY_ITS_LAST_THREAD = 1;
  static final byte IN_A_SHUTDOWN_HOOK = 2;

  private ProgramThatEnds() {}

  public static void main(String[] args) throws Exception {
    InetSocketAddress server =
        new InetSocketAddress(InetAddress.getByName(args[0]), Integer.parseInt(args[1]));
    try (Selector selector = Selector.open()) {
      exchange(selector, server);
      exchange(selector, server);
      System.out.println("ready");
      if (System.in.read() == IN_A_SHUTDOWN_HOOK) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> writeLast(server)));
      } else {
        write(selector, server).close();
      }
    }
    // An ordinary end: by the end of the last thread that is no daemon.
  }

  private static void writeLast(InetSocketAddress server) {
    try (Selector selector = Selector.open()) {
      write(selector, server).close();
    } catch (Exception e) {
      e.printStackTrace();
    }
  }

  private static void exchange(Selector selector, InetSocketAddress server) throws Exception {
    try (SocketChannel channel = write(selector, server)) {
      channel.register(selector, SelectionKey.OP_READ);
      select(selector);
      channel.read(ByteBuffer.allocate(1));
    }
  }

  private static SocketChannel write(Selector selector, InetSocketAddress server) throws Exception {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.connect(server);
    SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
    select(selector);
    channel.finishConnect();
    key.interestOps(0);
    channel.write(ByteBuffer.wrap(new byte[] {1}));
    return channel;
  }

  private static void select(Selector selector) throws Exception {
    selector.select();
    selector.selectedKeys().clear();
  }
}
