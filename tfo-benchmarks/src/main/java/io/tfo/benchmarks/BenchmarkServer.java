package io.tfo.benchmarks;

import io.tfo.FastOpenListener;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The server, the same for every contender: one thread with a selector, in a JVM of its own. It
 * replies to a request when all announced bytes have arrived.
 *
 * <p>When the client has closed, the server resets the connection. So neither side keeps the
 * connection in TIME_WAIT, and the ports do not run out.
 */
final class BenchmarkServer implements AutoCloseable {
  private static final int BACKLOG = 65_535;

  private final Selector selector;
  private final ServerSocketChannel listening;
  private final ByteBuffer data = ByteBuffer.allocateDirect(256 * 1024);
  private final ByteBuffer reply = ByteBuffer.wrap(Message.request(0));

  private final AtomicLong accepted = new AtomicLong();
  private final AtomicLong received = new AtomicLong();

  private BenchmarkServer(ServerSocketChannel listening) throws IOException {
    this.listening = listening;
    this.selector = Selector.open();
    listening.configureBlocking(false);
    listening.register(selector, SelectionKey.OP_ACCEPT);
  }

  /**
   * Serves until the input ends. The command {@code port} returns the port; {@code cpu} returns the
   * CPU time of the process so far, in nanoseconds.
   *
   * @param args the {@code fastOpenBacklog}: 0 leaves TCP Fast Open off
   */
  public static void main(String[] args) throws IOException {
    BenchmarkServer server = start(Integer.parseInt(args[0]));
    Commands.serve(
        words -> {
          if (words.get(0).equals("port")) {
            return new long[] {server.port()};
          }
          return new long[] {CpuTime.now().processNanos()};
        });
  }

  static BenchmarkServer start(int fastOpenBacklog) throws IOException {
    BenchmarkServer server =
        new BenchmarkServer(
            FastOpenListener.system().open(new InetSocketAddress(0), BACKLOG, fastOpenBacklog));
    Thread thread = new Thread(server::serve, "server");
    thread.setDaemon(true);
    thread.start();
    return server;
  }

  int port() {
    return listening.socket().getLocalPort();
  }

  /** How many connections were accepted. */
  long accepted() {
    return accepted.get();
  }

  /** How many bytes were received. */
  long received() {
    return received.get();
  }

  @Override
  public void close() throws IOException {
    listening.close();
    selector.close();
  }

  /** The state of one connection: bytes received, and bytes that must arrive before the reply. */
  private static final class Progress {
    private long received;
    private long expected = -1;
  }

  private void serve() {
    try {
      while (true) {
        selector.select(this::serve);
      }
    } catch (ClosedSelectorException e) {
      // The server was closed.
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void serve(SelectionKey key) {
    try {
      if (key.isAcceptable()) {
        accept();
      } else {
        read((SocketChannel) key.channel(), (Progress) key.attachment());
      }
    } catch (IOException e) {
      key.cancel();
      System.err.println("server: " + e);
    }
  }

  private void accept() throws IOException {
    for (SocketChannel channel = listening.accept();
        channel != null;
        channel = listening.accept()) {
      accepted.incrementAndGet();
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ, new Progress());
    }
  }

  private void read(SocketChannel channel, Progress progress) throws IOException {
    int read;
    try {
      read = channel.read(data.clear());
    } catch (IOException reset) {
      read = -1;
    }
    if (read < 0) {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      channel.close();
      return;
    }
    if (progress.expected < 0 && read >= Long.BYTES) {
      progress.expected = Message.LENGTH + data.getLong(0);
    }
    progress.received += read;
    received.addAndGet(read);
    if (progress.received == progress.expected) {
      channel.write(reply.rewind());
    }
  }
}
