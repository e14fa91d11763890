package io.tfo.integration.stress;

import io.tfo.FastOpenListener;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Listens at several addresses of loopback, so that ports do not run out, reads each connection to
 * its end, and answers with its number. Each payload is verified, and counted once.
 */
final class VerifyingServer implements AutoCloseable {
  private static final int ADDRESSES = 8;
  private static final int THREADS_EACH = 3;
  private static final long END_MILLIS = 10_000;

  private final List<ServerSocketChannel> listening = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicIntegerArray seen;
  private final AtomicLong complete = new AtomicLong();
  private final AtomicInteger active = new AtomicInteger();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  /**
   * Listens; accepts nothing yet.
   *
   * @param ids how many connections there will be, numbered from 0
   */
  VerifyingServer(FastOpenListener listener, int firstHost, int backlog, int ids)
      throws IOException {
    seen = new AtomicIntegerArray(ids);
    for (int i = 0; i < ADDRESSES; i++) {
      byte[] host = {127, 0, 0, (byte) (firstHost + i)};
      InetSocketAddress local = new InetSocketAddress(InetAddress.getByAddress(host), 0);
      listening.add(listener.open(local, backlog, backlog));
    }
  }

  InetSocketAddress address(long id) throws IOException {
    return (InetSocketAddress) listening.get((int) (id % listening.size())).getLocalAddress();
  }

  void accept() {
    for (ServerSocketChannel each : listening) {
      for (int i = 0; i < THREADS_EACH; i++) {
        Thread thread = new Thread(() -> acceptAll(each), "server");
        thread.setDaemon(true);
        thread.start();
        threads.add(thread);
      }
    }
  }

  private void acceptAll(ServerSocketChannel listener) {
    ByteBuffer buffer = ByteBuffer.allocateDirect(Payload.HEADER + Payload.MOST + 1);
    try {
      while (true) {
        SocketChannel channel = listener.accept();
        active.incrementAndGet();
        try (channel) {
          serve(channel, buffer.clear());
        } catch (IOException gone) {
          // The client aborted the connection: it is not complete, and does not count.
        } finally {
          active.decrementAndGet();
        }
      }
    } catch (IOException closed) {
      // The end.
    }
  }

  private void serve(SocketChannel channel, ByteBuffer buffer) throws IOException {
    while (buffer.position() < Payload.HEADER
        || buffer.position() < Payload.HEADER + buffer.getInt(Long.BYTES)) {
      if (channel.read(buffer) < 0) {
        return;
      }
    }
    long id = buffer.getLong(0);
    int length = buffer.getInt(Long.BYTES);
    if (id < 0 || id >= seen.length() || length != Payload.length(id)) {
      failures.add("connection " + id + " tells of " + length + " bytes");
      return;
    }
    ByteBuffer reply = ByteBuffer.allocate(Long.BYTES).putLong(0, ~id);
    count(id, buffer);
    while (reply.hasRemaining()) {
      channel.write(reply);
    }
    if (channel.read(buffer.limit(buffer.capacity())) >= 0) {
      failures.add("connection " + id + " goes on after its data");
    }
  }

  private void count(long id, ByteBuffer buffer) {
    int end = buffer.position();
    int mismatch = Payload.mismatch(id, buffer.flip().position(Payload.HEADER));
    buffer.limit(buffer.capacity()).position(end);
    if (end != Payload.HEADER + Payload.length(id) || mismatch >= 0) {
      failures.add("connection " + id + ": " + end + " bytes, wrong at " + mismatch);
    } else if (seen.incrementAndGet((int) id) > 1) {
      failures.add("connection " + id + " arrived twice");
    } else {
      complete.incrementAndGet();
    }
  }

  boolean hasSeen(long id) {
    return seen.get((int) id) > 0;
  }

  /** Returns the number of connections that have arrived whole. */
  long complete() {
    return complete.get();
  }

  /** Returns the number of connections that are being served. */
  int active() {
    return active.get();
  }

  Queue<String> failures() {
    return failures;
  }

  /** Closes the listeners, and waits until the threads have ended. */
  @Override
  public void close() throws IOException {
    for (ServerSocketChannel each : listening) {
      each.close();
    }
    try {
      for (Thread each : threads) {
        each.join(END_MILLIS);
      }
    } catch (InterruptedException e) {
      throw new InterruptedIOException();
    }
  }
}
