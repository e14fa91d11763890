package io.tfo.backend.bsd;

import io.tfo.lab.Host;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** A Linux server that reads what comes, by the client's port. */
final class ReplayPeer implements AutoCloseable {
  private final ServerSocketChannel listener;
  private final Thread acceptor;
  private final Map<Integer, Received> received = new ConcurrentHashMap<>();

  /** The data that came from one client: 0, 1, 2 and so on. */
  private static final class Received {
    private int bytes;
    private boolean isIntact = true;
    private boolean isEnded;

    private synchronized void add(ByteBuffer data) {
      while (data.hasRemaining()) {
        isIntact &= data.get() == (byte) bytes++;
      }
    }

    private synchronized void end() {
      isEnded = true;
    }

    private synchronized String tell(boolean toTheEnd) {
      if (toTheEnd && !isEnded) {
        return "open";
      }
      return isIntact ? String.valueOf(bytes) : "other bytes";
    }
  }

  /** Listens on a host, on all its addresses. */
  ReplayPeer(Host host) throws Exception {
    listener =
        host.call(
            () -> {
              ServerSocketChannel channel = ServerSocketChannel.open();
              channel.bind(new InetSocketAddress(0), 100);
              return channel;
            });
    acceptor = host.threads().newThread(() -> serve(host));
    acceptor.start();
  }

  private void serve(Host host) {
    try {
      while (true) {
        SocketChannel channel = listener.accept();
        int port = ((InetSocketAddress) channel.getRemoteAddress()).getPort();
        Received got = received.computeIfAbsent(port, any -> new Received());
        host.threads().newThread(() -> read(channel, got)).start();
      }
    } catch (IOException e) {
      // closed
    }
  }

  private static void read(SocketChannel channel, Received got) {
    ByteBuffer buffer = ByteBuffer.allocate(65_536);
    try (channel) {
      while (channel.read(buffer.clear()) >= 0) {
        got.add(buffer.flip());
      }
    } catch (IOException e) {
      // reset
    }
    got.end();
  }

  int port() {
    try {
      return ((InetSocketAddress) listener.getLocalAddress()).getPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Says how many bytes came from a port; with the end, once it has come. */
  String received(int port, boolean toTheEnd) {
    Received got = received.get(port);
    return got == null ? "no connection" : got.tell(toTheEnd);
  }

  /** Waits for the thread that accepts: until it wakes up, the system takes connections. */
  @Override
  public void close() throws IOException {
    listener.close();
    try {
      acceptor.join(TimeUnit.SECONDS.toMillis(20));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
