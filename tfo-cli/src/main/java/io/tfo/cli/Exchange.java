package io.tfo.cli;

import io.tfo.FastOpenConnector;
import io.tfo.FastOpenOutcome;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Arrays;

/**
 * One connection to an echo server, with its times.
 *
 * @param outcome the outcome of TCP Fast Open that the client's kernel reports
 * @param connectTime from the start to the return of the connect
 * @param timeToFirstByte from the start to the first byte of the reply
 */
record Exchange(FastOpenOutcome outcome, Duration connectTime, Duration timeToFirstByte) {
  /** Connects with the data in the SYN, if that is possible. */
  static Exchange fast(
      FastOpenConnector connector, InetSocketAddress server, byte[] data, Duration timeout)
      throws IOException {
    return run(
        channel -> connector.connect(channel, server, ByteBuffer.wrap(data), timeout),
        channel -> OutcomeText.read(connector::outcome, channel),
        data,
        timeout);
  }

  /** Connects as the JDK does. */
  static Exchange plain(InetSocketAddress server, byte[] data, Duration timeout)
      throws IOException {
    return run(
        channel -> channel.socket().connect(server, millis(timeout)),
        channel -> {
          channel.socket().getOutputStream().write(data);
          return FastOpenOutcome.NOT_ATTEMPTED;
        },
        data,
        timeout);
  }

  private interface Connect {
    void run(SocketChannel channel) throws IOException;
  }

  private interface AfterConnect {
    FastOpenOutcome run(SocketChannel channel) throws IOException;
  }

  private static Exchange run(
      Connect connect, AfterConnect afterConnect, byte[] data, Duration timeout)
      throws IOException {
    try (SocketChannel channel = SocketChannel.open()) {
      channel.socket().setSoTimeout(millis(timeout));
      long start = System.nanoTime();
      connect.run(channel);
      long connected = System.nanoTime();
      FastOpenOutcome outcome = afterConnect.run(channel);
      InputStream replies = channel.socket().getInputStream();
      byte[] reply = new byte[data.length];
      int read = replies.read(reply);
      long firstByte = System.nanoTime();
      int more = read < 0 ? 0 : replies.readNBytes(reply, read, data.length - read);
      channel.shutdownOutput();
      if (read + more != data.length || !Arrays.equals(reply, data)) {
        throw new IOException("the server does not send back what it received: is it 'tfo serve'?");
      }
      return new Exchange(
          outcome, Duration.ofNanos(connected - start), Duration.ofNanos(firstByte - start));
    }
  }

  private static int millis(Duration timeout) {
    return Math.toIntExact(timeout.toMillis());
  }
}
