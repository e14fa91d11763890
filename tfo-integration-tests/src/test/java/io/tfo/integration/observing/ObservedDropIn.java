package io.tfo.integration.observing;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tfo.integration.backends.BackendsUnderTest;
import io.tfo.integration.socket.SocketLab;
import io.tfo.socket.FastOpenSocketFactory;
import io.tfo.spi.AsynchronousChannelOpener;
import io.tfo.spi.AsynchronousChannelSupport;
import io.tfo.spi.FastOpenBackend;
import io.tfo.spi.SelectorProviderSupport;
import io.tfo.spi.SocketChannelOpener;
import io.tfo.testkit.BackendLab;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.nio.channels.spi.SelectorProvider;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** A way to connect, over a backend that remembers nothing. */
enum ObservedDropIn {
  CONNECTOR("connector") {
    @Override
    Client over(FastOpenBackend backend) {
      return server -> {
        ByteBuffer request = ByteBuffer.wrap(REQUEST);
        try (SocketChannel channel = backend.connector().open(server, request)) {
          readReply(channel);
        }
      };
    }
  },

  SOCKETS("sockets") {
    @Override
    Client over(FastOpenBackend backend) {
      FastOpenSocketFactory factory = FastOpenSocketFactory.over(backend.connector());
      return server -> {
        try (Socket socket = factory.createSocket(server.getAddress(), server.getPort())) {
          socket.getOutputStream().write(REQUEST);
          readReply(socket);
        }
      };
    }
  },

  CHANNELS("channels") {
    @Override
    Client over(FastOpenBackend backend) {
      SocketChannelOpener opener = channels(backend);
      return server -> {
        try (SocketChannel channel = opener.open(null);
            Selector selector = Selector.open()) {
          channel.configureBlocking(false);
          SelectionKey key = channel.register(selector, SelectionKey.OP_CONNECT);
          if (!channel.connect(server)) {
            selector.select(WITHIN_MILLIS);
            channel.finishConnect();
          }
          channel.write(ByteBuffer.wrap(REQUEST));
          key.interestOps(SelectionKey.OP_READ);
          selector.select(WITHIN_MILLIS);
          readReply(channel);
        }
      };
    }
  },

  ASYNCHRONOUS_CHANNELS("asynchronous channels") {
    @Override
    Client over(FastOpenBackend backend) {
      AsynchronousChannelOpener opener = asynchronousChannels(backend);
      return server -> {
        try (AsynchronousSocketChannel channel = opener.open(null)) {
          channel.connect(server).get(WITHIN_MILLIS, TimeUnit.MILLISECONDS);
          channel.write(ByteBuffer.wrap(REQUEST)).get(WITHIN_MILLIS, TimeUnit.MILLISECONDS);
          Future<Integer> reply = channel.read(ByteBuffer.allocate(1));
          if (reply.get(WITHIN_MILLIS, TimeUnit.MILLISECONDS) != 1) {
            throw new IOException("no reply");
          }
        }
      };
    }
  };

  static final byte[] REQUEST = "question".getBytes(US_ASCII);
  private static final long WITHIN_MILLIS = 20_000;

  /** Its name in events and statistics. */
  final String label;

  ObservedDropIn(String label) {
    this.label = label;
  }

  /** Whether events and lines leave out how many bytes were in the SYN. */
  boolean isChannel() {
    return this == CHANNELS || this == ASYNCHRONOUS_CHANNELS;
  }

  /** Makes a connection, sends {@link #REQUEST}, and waits for a byte. */
  interface Client {
    void exchange(InetSocketAddress server) throws Exception;
  }

  abstract Client over(FastOpenBackend backend);

  static SocketChannelOpener channels(FastOpenBackend backend) {
    return ((SelectorProviderSupport) backend)
        .deferringChannels(SelectorProvider.provider(), server -> true, Duration.ofSeconds(10))
        .orElseThrow();
  }

  static AsynchronousChannelOpener asynchronousChannels(FastOpenBackend backend) {
    AsynchronousChannelProvider jdk = AsynchronousChannelProvider.provider();
    return ((AsynchronousChannelSupport) backend)
        .deferringAsynchronousChannels(jdk, jdk, server -> true, Duration.ofSeconds(10))
        .orElseThrow();
  }

  static FastOpenBackend freshBackend() {
    return Objects.requireNonNull(BackendsUnderTest.ALL.get("linux-connect")).get();
  }

  /** Opens an NIO listener, as the selector provider does, on the server's host. */
  static ServerSocket listenByAChannel(SocketLab hosts, FastOpenBackend backend) throws Exception {
    return hosts.listen(
        () ->
            ((SelectorProviderSupport) backend)
                .openListener(SelectorProvider.provider(), null, 256)
                .bind(new InetSocketAddress(hosts.lab().server().ipv4(), BackendLab.newPort()))
                .socket());
  }

  /** Reads the request, and replies. */
  static void reply(Socket accepted) throws IOException {
    if (accepted.getInputStream().readNBytes(REQUEST.length).length == REQUEST.length) {
      accepted.getOutputStream().write(1);
    }
  }

  private static void readReply(SocketChannel channel) throws IOException {
    if (channel.read(ByteBuffer.allocate(1)) != 1) {
      throw new IOException("no reply");
    }
  }

  private static void readReply(Socket socket) throws IOException {
    if (socket.getInputStream().read() != 1) {
      throw new IOException("no reply");
    }
  }
}
