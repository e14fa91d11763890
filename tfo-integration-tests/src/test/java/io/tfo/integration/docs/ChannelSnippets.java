package io.tfo.integration.docs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.tfo.FastOpenBackends;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;

/** The documented examples of connector and listener. See {@link SnippetsTest}. */
final class ChannelSnippets {
  private ChannelSnippets() {}

  static void tenLines(SocketAddress server) throws IOException {
    // snippet
    var request = ByteBuffer.wrap("GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
    try (SocketChannel channel = FastOpenConnector.system().open(server, request)) {
      // A JDK channel, connected, the request sent: in the SYN, from the second connect on.
      System.out.println(FastOpenConnector.system().outcome(channel)); // SYN_DATA_ACKED
    }
    System.out.println(FastOpenBackends.installed()); // what this machine can do, or why not
    // end
  }

  static FastOpenOutcome nonBlocking(SocketAddress remote, byte[] bytes, Selector selector)
      throws IOException {
    // snippet
    FastOpenConnector connector = FastOpenConnector.system();
    try (SocketChannel channel = SocketChannel.open()) {
      channel.configureBlocking(false);
      ByteBuffer request = ByteBuffer.wrap(bytes);
      if (!connector.connect(channel, remote, request)) {
        channel.register(selector, SelectionKey.OP_CONNECT);
        selector.select(key -> {}, 10_000);
        channel.finishConnect();
      }
      while (request.hasRemaining()) {
        channel.write(request); // what the SYN did not take
      }
      return connector.outcome(channel);
    }
    // end
  }

  static SocketChannel accept(SocketAddress local) throws IOException {
    // snippet
    try (ServerSocketChannel server = FastOpenListener.system().open(local, 128, 256)) {
      SocketChannel accepted = server.accept();
      System.out.println(FastOpenListener.system().outcome(accepted)); // SYN_DATA_ACKED
      return accepted;
    }
    // end
  }
}
