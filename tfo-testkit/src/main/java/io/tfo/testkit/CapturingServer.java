package io.tfo.testkit;

import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A server that reads each connection to its end and then answers with {@link #reply()}. Tests
 * compare the bytes that it {@linkplain #next() received} with those that were sent.
 */
public final class CapturingServer implements AutoCloseable {
  private static final byte[] REPLY = {'o', 'k'};

  private static final long MOST_MILLIS_TO_CLOSE = 20_000;

  private final ServerSocketChannel listening;
  private final @Nullable FastOpenListener listener;
  private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
  private final ThreadFactory threads;
  private final Thread accepting;

  /**
   * A connection that the client has ended.
   *
   * @param data all bytes that the client sent
   * @param outcome the outcome that the listener told; {@code UNKNOWN} for a {@linkplain #plain()
   *     plain} server
   */
  public record Received(ByteArrayOutputStream data, FastOpenOutcome outcome) {
    /** Returns a copy of all bytes that the client sent. */
    public byte[] bytes() {
      return data.toByteArray();
    }
  }

  private CapturingServer(
      ServerSocketChannel listening, @Nullable FastOpenListener listener, ThreadFactory threads) {
    this.listening = listening;
    this.listener = listener;
    this.threads = threads;
    accepting = threads.newThread(this::acceptAll);
    accepting.start();
  }

  /**
   * Starts a server with the JDK alone, on the loopback interface.
   *
   * @return the server
   * @throws IOException if it cannot listen
   */
  public static CapturingServer plain() throws IOException {
    return plain(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  /**
   * Starts a server with the JDK alone.
   *
   * @param local where to listen
   * @return the server
   * @throws IOException if it cannot listen there
   */
  public static CapturingServer plain(InetSocketAddress local) throws IOException {
    return new CapturingServer(
        ServerSocketChannel.open().bind(local, 1000), null, CapturingServer::daemon);
  }

  /**
   * Starts a server behind the listener of a backend.
   *
   * @param listening a channel that the listener has opened; the server closes it
   * @param listener tells the outcome of each connection
   * @param threads makes the server's threads
   * @return the server
   */
  public static CapturingServer behind(
      ServerSocketChannel listening, FastOpenListener listener, ThreadFactory threads) {
    return new CapturingServer(listening, listener, threads);
  }

  /**
   * Creates a daemon thread, which does not keep the JVM from ending.
   *
   * @param task what it runs
   * @return a thread that is not started
   */
  public static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "capturing-server");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Returns what a server answers at the end of each connection.
   *
   * @return a copy of two bytes
   */
  public static byte[] reply() {
    return REPLY.clone();
  }

  /**
   * Returns where the server listens.
   *
   * @return its local address
   * @throws IOException if the server is closed
   */
  public InetSocketAddress address() throws IOException {
    return (InetSocketAddress) listening.getLocalAddress();
  }

  /**
   * Takes the next connection that was read to its end, and waits for it, 20 seconds at most.
   *
   * @return the connection
   * @throws AssertionError if there is none in time
   * @throws InterruptedException if the thread is interrupted
   */
  public Received next() throws InterruptedException {
    Received next = received.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("the server has seen no complete connection within 20 s");
    }
    return next;
  }

  /**
   * Counts the connections that were read to their end and not yet {@linkplain #next() taken}.
   *
   * @return how many wait
   */
  public int waiting() {
    return received.size();
  }

  private void acceptAll() {
    try {
      while (true) {
        SocketChannel channel = listening.accept();
        threads.newThread(() -> serve(channel)).start();
      }
    } catch (IOException closed) {
      // The server was closed.
    }
  }

  private void serve(SocketChannel channel) {
    try (channel) {
      FastOpenOutcome outcome =
          listener == null ? FastOpenOutcome.UNKNOWN : listener.outcome(channel);
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);
      while (channel.read(buffer) >= 0) {
        bytes.write(buffer.array(), 0, buffer.position());
        buffer.clear();
      }
      channel.write(ByteBuffer.wrap(REPLY));
      received.add(new Received(bytes, outcome));
    } catch (IOException reset) {
      // The client is gone: its data was not complete, and is not counted.
    }
  }

  /**
   * Ends a client's output and reads the reply, which shows that the connection works both ways.
   *
   * @param channel a channel that is connected to such a server; it becomes blocking
   * @throws AssertionError if the reply is wrong
   * @throws IOException if the channel cannot be read
   */
  public static void finish(SocketChannel channel) throws IOException {
    channel.configureBlocking(true);
    channel.shutdownOutput();
    ByteBuffer reply = ByteBuffer.allocate(REPLY.length + 1);
    int read;
    do {
      read = channel.read(reply);
    } while (read >= 0 && reply.hasRemaining());
    byte[] got = new byte[reply.flip().remaining()];
    reply.get(got);
    Expect.sameBytes("the server's reply", REPLY, got);
  }

  /** Stops listening. The system still accepts until the accepting thread has woken up. */
  @Override
  public void close() throws IOException {
    listening.close();
    try {
      accepting.join(MOST_MILLIS_TO_CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
