package io.tfo.integration.docs;

import io.tfo.AddressBlocks;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenKeySchedule;
import io.tfo.FastOpenKeys;
import io.tfo.FastOpenListener;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;

/** The documented examples of keys and cookies. See {@link SnippetsTest}. */
final class FleetSnippets {
  private FleetSnippets() {}

  static SocketChannel inStep(SocketAddress local, byte[] secret) throws IOException {
    // snippet
    FastOpenKeySchedule keys = FastOpenKeySchedule.of(secret, Duration.ofDays(1));
    FastOpenListener listener = FastOpenListener.system().withKeys(keys);
    try (ServerSocketChannel server =
        listener.open(local, 128, FastOpenListener.FAST_OPEN_BACKLOG)) {
      return server.accept();
    }
    // end
  }

  static ServerSocketChannel setKeys(SocketAddress local, byte[] first, byte[] second)
      throws IOException {
    // snippet
    FastOpenListener listener = FastOpenListener.system();
    ServerSocketChannel server = ServerSocketChannel.open();
    listener.bind(server, local, 128, FastOpenListener.FAST_OPEN_BACKLOG, FastOpenKeys.of(first));
    // Later, while connections arrive: cookies of the first key stay good.
    boolean taken = listener.setKeys(server, FastOpenKeys.of(second, first));
    // end
    if (!taken) {
      throw new IOException("the listener has not taken the keys");
    }
    return server;
  }

  static FastOpenConnector plainFor() {
    // snippet
    FastOpenConnector connector =
        FastOpenConnector.system().plainFor(AddressBlocks.parse("192.0.2.0/24, 2001:db8::/32"));
    // end
    return connector;
  }

  static FastOpenListener acceptWithoutCookie() {
    // snippet
    AddressBlocks local = AddressBlocks.parse("10.77.0.0/16");
    FastOpenListener listener = FastOpenListener.system().withoutCookie(local);
    // end
    return listener;
  }

  static FastOpenConnector connectWithoutCookie() {
    // snippet
    FastOpenConnector connector =
        FastOpenConnector.system().withoutCookie(AddressBlocks.parse("10.0.0.0/8"));
    // end
    return connector;
  }
}
