package application;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Connects over loopback, in a network namespace of its own: twice by the connector, then twice by
 * an ordinary channel of the JVM's selector provider.
 */
public final class Main {
  private static final long MOST_MILLIS = 10_000;

  private Main() {}

  public static void main(String[] args) throws Exception {
    Files.writeString(Path.of("/proc/sys/net/ipv4/tcp_fastopen"), "3");
    System.out.println("in the namespace");
    System.out.println(FastOpenBackends.installed());
    byte[] loopback = {127, 0, 0, 1};
    InetSocketAddress any = new InetSocketAddress(InetAddress.getByAddress(loopback), 0);
    try (ServerSocketChannel server = FastOpenListener.system().open(any, 16, 16)) {
      for (int i = 1; i <= 2; i++) {
        FastOpenConnector connector = FastOpenConnector.system();
        ByteBuffer data = ByteBuffer.wrap(new byte[100]);
        try (SocketChannel channel = connector.open(server.getLocalAddress(), data)) {
          System.out.println("connect " + i + ": " + connector.outcome(channel));
          channel.shutdownOutput();
          receive(server, 100);
        }
      }
      for (int i = 1; i <= 2; i++) {
        System.out.println("provider " + i + ": " + provide(server));
      }
    }
    System.out.println(SelectorProvider.provider());
    System.out.println("done");
  }

  private static FastOpenOutcome provide(ServerSocketChannel server) throws Exception {
    try (Selector selector = Selector.open();
        SocketChannel channel = SocketChannel.open()) {
      System.out.println("provider's channel is hidden: " + channel.getClass().isHidden());
      channel.configureBlocking(false);
      if (!channel.connect(server.getLocalAddress())) {
        channel.register(selector, SelectionKey.OP_CONNECT);
        selector.select(MOST_MILLIS);
        if (!channel.finishConnect()) {
          throw new IllegalStateException("not connected in time");
        }
      }
      channel.write(ByteBuffer.wrap(new byte[50]));
      channel.shutdownOutput();
      receive(server, 50);
      return FastOpenConnector.system().outcome(channel);
    }
  }

  private static void receive(ServerSocketChannel server, int length) throws Exception {
    try (SocketChannel accepted = server.accept()) {
      int received = accepted.socket().getInputStream().readAllBytes().length;
      if (received != length) {
        throw new IllegalStateException("received " + received + " bytes, not " + length);
      }
    }
  }
}
