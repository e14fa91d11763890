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
 * One connection to an echo server, timed.
 *
 * @param outcome what became of TCP Fast Open, as the client's kernel tells
 * @param connected from the start to the end of the handshake
 * @param firstByte from the start to the first byte of the reply
 */
record Exchange(FastOpenOutcome outcome, Duration connected, Duration firstByte) {
  /** With the data in the SYN, where that is possible. */
  static Exchange fast(
      FastOpenConnector connector, InetSocketAddress server, byte[] data, Duration timeout)
      throws IOException {
    return run(
        channel -> connector.connect(channel, server, ByteBuffer.wrap(data), timeout),
        connector::outcome,
        data,
        timeout);
  }

  /** As the JDK does it. */
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

  private interface Then {
    FastOpenOutcome run(SocketChannel channel) throws IOException;
  }

  private static Exchange run(Connect connect, Then then, byte[] data, Duration timeout)
      throws IOException {
    try (SocketChannel channel = SocketChannel.open()) {
      channel.socket().setSoTimeout(millis(timeout));
      long start = System.nanoTime();
      connect.run(channel);
      long connected = System.nanoTime();
      FastOpenOutcome outcome = then.run(channel);
      InputStream replies = channel.socket().getInputStream();
      byte[] reply = new byte[data.length];
      int read = replies.read(reply);
      long firstByte = System.nanoTime();
      int more = read < 0 ? 0 : replies.readNBytes(reply, read, data.length - read);
      channel.shutdownOutput();
      if (read + more != data.length || !Arrays.equals(reply, data)) {
        throw new IOException("the server does not echo: is it 'tfo serve'?");
      }
      return new Exchange(
          outcome, Duration.ofNanos(connected - start), Duration.ofNanos(firstByte - start));
    }
  }

  private static int millis(Duration timeout) {
    return Math.toIntExact(timeout.toMillis());
  }
}
