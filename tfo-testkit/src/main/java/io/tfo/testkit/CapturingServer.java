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
 * A server that reads each connection to its end, and then answers with {@link #reply()}: what it
 * got, the rules compare with what was sent.
 */
public final class CapturingServer implements AutoCloseable {
  private static final byte[] REPLY = {'o', 'k'};

  private final ServerSocketChannel listening;
  private final @Nullable FastOpenListener listener;
  private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
  private final ThreadFactory threads;

  /** A connection that the client has ended. */
  public record Received(ByteArrayOutputStream data, FastOpenOutcome outcome) {
    public byte[] bytes() {
      return data.toByteArray();
    }
  }

  private CapturingServer(
      ServerSocketChannel listening, @Nullable FastOpenListener listener, ThreadFactory threads) {
    this.listening = listening;
    this.listener = listener;
    this.threads = threads;
    threads.newThread(this::acceptAll).start();
  }

  /** A server of the JDK alone, on loopback. */
  public static CapturingServer plain() throws IOException {
    return plain(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
  }

  public static CapturingServer plain(InetSocketAddress local) throws IOException {
    return new CapturingServer(
        ServerSocketChannel.open().bind(local, 1000), null, CapturingServer::daemon);
  }

  /** A server behind the listener of a backend. */
  public static CapturingServer behind(
      ServerSocketChannel listening, FastOpenListener listener, ThreadFactory threads) {
    return new CapturingServer(listening, listener, threads);
  }

  public static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "conformance-peer");
    thread.setDaemon(true);
    return thread;
  }

  /**
   * What it answers at the end of each connection.
   *
   * @return a copy
   */
  public static byte[] reply() {
    return REPLY.clone();
  }

  public InetSocketAddress address() throws IOException {
    return (InetSocketAddress) listening.getLocalAddress();
  }

  /** The next connection that was read to its end. */
  public Received next() throws InterruptedException {
    Received next = received.poll(20, TimeUnit.SECONDS);
    if (next == null) {
      throw new AssertionError("the server has seen no complete connection within 20 s");
    }
    return next;
  }

  /** How many connections were read to their end and not asked for yet. */
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
      // The rule is over.
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
      // The client has gone: what it sent was not complete, and is not counted.
    }
  }

  /** Ends the client's side and waits for the reply: the connection works both ways. */
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

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
