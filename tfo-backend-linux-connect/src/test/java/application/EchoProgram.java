package application;

import io.tfo.FastOpenConnector;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;

/**
 * Connects, in a JVM whose provider is ours; names the library only where it is told to. In a
 * package that none of the library's modules has, so that it can stay on the class path.
 */
public final class EchoProgram {
  private EchoProgram() {}

  public static void main(String[] args) throws Exception {
    if ("library".equals(System.getProperty("program.first"))) {
      System.out.println(FastOpenConnector.system().capability());
    }
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (ServerSocketChannel listener = ServerSocketChannel.open().bind(any);
        SocketChannel client = SocketChannel.open();
        Selector selector = Selector.open()) {
      client.configureBlocking(false);
      if (!client.connect(listener.getLocalAddress())) {
        client.register(selector, SelectionKey.OP_CONNECT);
        selector.select(10_000);
        client.finishConnect();
      }
      client.write(ByteBuffer.wrap(new byte[3]));
      try (SocketChannel accepted = listener.accept()) {
        System.out.println("received " + accepted.read(ByteBuffer.allocate(10)));
      }
      System.out.println(SelectorProvider.provider());
    }
  }
}
