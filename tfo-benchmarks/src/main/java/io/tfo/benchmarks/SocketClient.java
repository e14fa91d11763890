package io.tfo.benchmarks;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.function.LongConsumer;
import javax.net.SocketFactory;

/**
 * The JDK's {@code Socket}, made by the factory that is measured.
 *
 * @param factory makes the sockets
 * @param timeout the timeout of each connect, with TCP_NODELAY; zero for neither
 */
record SocketClient(SocketFactory factory, Duration timeout) implements BenchmarkClient {
  private static final int CHUNK = 64 * 1024;

  @Override
  public void exchange(InetSocketAddress server, int times, LongConsumer firstByte)
      throws IOException {
    byte[] request = Message.request(0);
    byte[] reply = new byte[Message.LENGTH];
    for (int i = 0; i < times; i++) {
      long start = System.nanoTime();
      try (Socket socket = factory.createSocket()) {
        if (timeout.isZero()) {
          socket.connect(server);
        } else {
          socket.setTcpNoDelay(true);
          socket.connect(server, (int) timeout.toMillis());
        }
        socket.getOutputStream().write(request);
        InputStream in = socket.getInputStream();
        int read = in.read(reply);
        if (read < 0) {
          throw new EOFException("no reply");
        }
        firstByte.accept(System.nanoTime() - start);
        in.readNBytes(reply, read, Message.LENGTH - read);
      }
    }
  }

  @Override
  public void stream(InetSocketAddress server, long bytes) throws IOException {
    byte[] chunk = new byte[CHUNK];
    try (Socket socket = factory.createSocket()) {
      socket.connect(server);
      OutputStream out = socket.getOutputStream();
      out.write(Message.request(bytes));
      long left = bytes;
      while (left > 0) {
        int length = (int) Math.min(left, CHUNK);
        out.write(chunk, 0, length);
        left -= length;
      }
      if (socket.getInputStream().readNBytes(Message.LENGTH).length < Message.LENGTH) {
        throw new EOFException("no reply");
      }
    }
  }
}
