package io.tfo.nio;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ShutdownChannelGroupException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

class FastOpenAsynchronousChannelProviderTest extends ProviderWithoutBackendTests {
  FastOpenAsynchronousChannelProviderTest() {
    super(
        AsynchronousChannelProvider.class,
        FastOpenAsynchronousChannelProvider.class,
        DefaultAndOwnGroup.class,
        "asynchronous channel");
  }

  /** The main class of the child JVM: uses the default group, and one of its own. */
  static final class DefaultAndOwnGroup {
    public static void main(String[] args) throws Exception {
      System.out.println(AsynchronousChannelProvider.provider());
      exchange(null);
      AsynchronousChannelGroup group =
          AsynchronousChannelGroup.withFixedThreadPool(1, Executors.defaultThreadFactory());
      expect(group.provider() == AsynchronousChannelProvider.provider());
      exchange(group);
      AsynchronousSocketChannel open = AsynchronousSocketChannel.open(group);
      group.shutdownNow();
      expect(!open.isOpen() && group.isShutdown());
      expect(group.awaitTermination(10, TimeUnit.SECONDS) && group.isTerminated());
      try (AsynchronousSocketChannel late = AsynchronousSocketChannel.open(group)) {
        throw new AssertionError(late);
      } catch (ShutdownChannelGroupException e) {
        System.out.println("all of it works");
      }
      System.exit(0);
    }

    private static void exchange(AsynchronousChannelGroup group) throws Exception {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      try (AsynchronousServerSocketChannel server =
              AsynchronousServerSocketChannel.open(group).bind(any);
          AsynchronousSocketChannel client = AsynchronousSocketChannel.open(group)) {
        Future<AsynchronousSocketChannel> accepted = server.accept();
        client.connect(server.getLocalAddress()).get(10, TimeUnit.SECONDS);
        client.write(ByteBuffer.allocate(3)).get(10, TimeUnit.SECONDS);
        try (AsynchronousSocketChannel peer = accepted.get(10, TimeUnit.SECONDS)) {
          expect(peer.read(ByteBuffer.allocate(9)).get(10, TimeUnit.SECONDS) == 3);
        }
      }
    }

    private static void expect(boolean expected) {
      if (!expected) {
        throw new AssertionError();
      }
    }
  }
}
