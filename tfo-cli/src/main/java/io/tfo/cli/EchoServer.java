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
 * Sends back what it receives. Each connection has its own thread until the end of its stream.
 *
 * @param listening the channel that accepts connections
 * @param listener opened that channel, and tells the outcomes
 * @param threads creates the threads
 * @param idle the timeout for a client that sends nothing
 * @param report called after the end of each connection, on the connection's thread
 */
record EchoServer(
    ServerSocketChannel listening,
    FastOpenListener listener,
    ThreadFactory threads,
    Duration idle,
    Consumer<Served> report) {
  private static final int MAX_CONNECTIONS = 256;

  /**
   * One connection after its end.
   *
   * @param remote the address of the client
   * @param outcome the outcome of TCP Fast Open that the server's kernel reports
   * @param bytes the number of bytes sent back
   * @param failure the exception that ended the connection; empty after the end of the stream
   */
  record Served(
      SocketAddress remote, FastOpenOutcome outcome, long bytes, Optional<IOException> failure) {}

  /**
   * Serves until the channel is closed, or until the maximum number of connections have come and
   * have ended.
   *
   * @param max the maximum number of connections
   */
  void serve(long max) throws IOException, InterruptedException {
    Semaphore free = new Semaphore(MAX_CONNECTIONS);
    try {
      for (long count = 0; count < max; count++) {
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
      free.acquire(MAX_CONNECTIONS);
    } catch (ClosedChannelException e) {
      // The user has ended the program.
    }
  }

  private void serve(SocketChannel channel) {
    FastOpenOutcome outcome = FastOpenOutcome.UNKNOWN;
    SocketAddress remote = channel.socket().getRemoteSocketAddress();
    long echoed = 0;
    Optional<IOException> failure = Optional.empty();
    try (channel) {
      outcome = OutcomeText.read(listener::outcome, channel);
      channel.socket().setTcpNoDelay(true);
      channel.socket().setSoTimeout(Math.toIntExact(idle.toMillis()));
      InputStream in = channel.socket().getInputStream();
      OutputStream out = channel.socket().getOutputStream();
      byte[] buffer = new byte[16 * 1024];
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        out.write(buffer, 0, read);
        echoed += read;
      }
    } catch (AsynchronousCloseException e) {
      return; // the user has ended the program
    } catch (IOException e) {
      failure = Optional.of(e);
    }
    report.accept(new Served(remote, outcome, echoed, failure));
  }
}
