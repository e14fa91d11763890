package io.tfo.nio;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProtocolFamily;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.Pipe;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.SelectorProvider;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class FastOpenSelectorProviderTest extends ProviderWithoutBackendTests {
  FastOpenSelectorProviderTest() {
    super(
        SelectorProvider.class,
        FastOpenSelectorProvider.class,
        EveryKindOfChannel.class,
        "NIO channel");
  }

  @Test
  void overridesEveryMethodOfTheBaseClass() {
    List<String> inherited =
        Arrays.stream(SelectorProvider.class.getDeclaredMethods())
            .filter(m -> !Modifier.isStatic(m.getModifiers()) && !m.isSynthetic())
            .map(FastOpenSelectorProviderTest::signature)
            .toList();

    assertThat(Arrays.stream(FastOpenSelectorProvider.class.getDeclaredMethods()))
        .extracting(FastOpenSelectorProviderTest::signature)
        .containsAll(inherited);
  }

  private static String signature(Method method) {
    return method.getName() + Arrays.toString(method.getParameterTypes());
  }

  @Test
  void opensTheJdksChannelsWhereItsClassesAreExported() throws Exception {
    assertOpensTheJdksChannels(run("--add-exports=java.base/sun.nio.ch=ALL-UNNAMED"));
  }

  /** The main class of the child JVM: uses every kind of channel. */
  static final class EveryKindOfChannel {
    public static void main(String[] args) throws Exception {
      InetAddress loopback = InetAddress.getLoopbackAddress();
      try (ServerSocketChannel listener =
              ServerSocketChannel.open().bind(new InetSocketAddress(loopback, 0));
          SocketChannel client = SocketChannel.open(listener.getLocalAddress());
          SocketChannel accepted = listener.accept()) {
        exchange(client, accepted);
      }
      try (ServerSocketChannel listener =
              ServerSocketChannel.open(StandardProtocolFamily.INET)
                  .bind(new InetSocketAddress("127.0.0.1", 0));
          SocketChannel client = SocketChannel.open(StandardProtocolFamily.INET)) {
        selected(client, listener);
      }
      Path folder = Files.createTempDirectory("unix");
      UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("socket"));
      try (ServerSocketChannel listener =
              ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(address);
          SocketChannel client = SocketChannel.open(address);
          SocketChannel accepted = listener.accept()) {
        exchange(client, accepted);
      } finally {
        Files.deleteIfExists(address.getPath());
        Files.delete(folder);
      }
      Pipe pipe = Pipe.open();
      pipe.sink().write(ByteBuffer.wrap(new byte[3]));
      check(pipe.source().read(ByteBuffer.allocate(10)) == 3, "pipe");
      for (ProtocolFamily family : new ProtocolFamily[] {null, StandardProtocolFamily.INET}) {
        datagram(family);
      }
      check(System.inheritedChannel() == null, "inherited channel");
      try {
        SocketChannel.open((ProtocolFamily) null);
        check(false, "a null family");
      } catch (NullPointerException expected) {
        System.out.println("all of it works: " + SelectorProvider.provider());
      }
    }

    private static void exchange(SocketChannel client, SocketChannel accepted) throws IOException {
      client.write(ByteBuffer.wrap(new byte[3]));
      check(accepted.read(ByteBuffer.allocate(10)) == 3, "socket");
    }

    private static void selected(SocketChannel client, ServerSocketChannel listener)
        throws IOException {
      try (Selector selector = Selector.open()) {
        client.configureBlocking(false);
        if (!client.connect(listener.getLocalAddress())) {
          client.register(selector, SelectionKey.OP_CONNECT);
          check(selector.select(10_000) == 1, "selector");
          check(client.finishConnect(), "connect");
        }
        try (SocketChannel accepted = listener.accept()) {
          exchange(client, accepted);
        }
      }
    }

    private static void datagram(ProtocolFamily family) throws IOException {
      try (DatagramChannel to = family == null ? DatagramChannel.open() : open(family);
          DatagramChannel from = family == null ? DatagramChannel.open() : open(family)) {
        to.bind(new InetSocketAddress("127.0.0.1", 0));
        from.send(ByteBuffer.wrap(new byte[3]), to.getLocalAddress());
        ByteBuffer received = ByteBuffer.allocate(10);
        to.receive(received);
        check(received.position() == 3, "datagram");
      }
    }

    private static DatagramChannel open(ProtocolFamily family) throws IOException {
      return DatagramChannel.open(family);
    }

    private static void check(boolean condition, String what) {
      if (!condition) {
        throw new IllegalStateException(what);
      }
    }
  }
}
