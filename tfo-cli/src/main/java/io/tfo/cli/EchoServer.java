package io.tfo.cli;

import io.tfo.FastOpenListener;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.SocketAddress;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

/**
 * Sends back what it gets, each connection on a thread of its own until its end.
 *
 * @param listening where connections come in
 * @param listener who opened it, and knows the outcomes
 * @param threads makes the threads
 * @param idle the longest silence of a client
 * @param report hears of each connection after its end, on that connection's thread
 */
record EchoServer(
    ServerSocketChannel listening,
    FastOpenListener listener,
    ThreadFactory threads,
    Duration idle,
    Consumer<Served> report) {
  private static final int MOST_AT_ONCE = 256;

  /**
   * One connection after its end.
   *
   * @param remote the client
   * @param outcome what became of TCP Fast Open, as the server's kernel tells
   * @param bytes how many were echoed
   * @param failure how it broke off, if it did
   */
  record Served(
      SocketAddress remote, FastOpenOutcome outcome, long bytes, Optional<IOException> failure) {}

  /**
   * Serves until the channel is closed or enough connections have come, and those have ended.
   *
   * @param most how many connections
   */
  void serve(long most) throws IOException, InterruptedException {
    Semaphore free = new Semaphore(MOST_AT_ONCE);
    try {
      for (long count = 0; count < most; count++) {
        free.acquire();
        SocketChannel channel = listening.accept();
        threads
            .newThread(
                () -> {
                  try {
                    serve(channel);
                  } finally {
                    free.release();
                  }
                })
            .start();
      }
      free.acquire(MOST_AT_ONCE);
    } catch (ClosedChannelException e) {
      // The user has ended it.
    }
  }

  private void serve(SocketChannel channel) {
    FastOpenOutcome outcome = FastOpenOutcome.UNKNOWN;
    SocketAddress remote = channel.socket().getRemoteSocketAddress();
    long echoed = 0;
    Optional<IOException> failure = Optional.empty();
    try (channel) {
      outcome = listener.outcome(channel);
      channel.socket().setSoTimeout(Math.toIntExact(idle.toMillis()));
      InputStream in = channel.socket().getInputStream();
      OutputStream out = channel.socket().getOutputStream();
      byte[] buffer = new byte[16 * 1024];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        echoed += read;
      }
    } catch (AsynchronousCloseException e) {
      return; // the program ends
    } catch (IOException e) {
      failure = Optional.of(e);
    }
    report.accept(new Served(remote, outcome, echoed, failure));
  }
}
