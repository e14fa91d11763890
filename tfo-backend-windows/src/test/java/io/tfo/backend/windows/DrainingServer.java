package io.tfo.backend.windows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Reads each connection to its end, on loopback. */
final class DrainingServer implements AutoCloseable {
  private final ServerSocketChannel listening = ServerSocketChannel.open();
  private final BlockingQueue<byte[]> received = new LinkedBlockingQueue<>();

  DrainingServer() throws IOException {
    listening.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    Thread thread = new Thread(this::acceptAll, "server");
    thread.setDaemon(true);
    thread.start();
  }

  InetSocketAddress address() throws IOException {
    return (InetSocketAddress) listening.getLocalAddress();
  }

  byte[] next() throws InterruptedException {
    return received.poll(10, TimeUnit.SECONDS);
  }

  private void acceptAll() {
    try {
      while (true) {
        try (SocketChannel channel = listening.accept()) {
          ByteArrayOutputStream bytes = new ByteArrayOutputStream();
          ByteBuffer buffer = ByteBuffer.allocate(8192);
          while (channel.read(buffer) >= 0) {
            bytes.write(buffer.array(), 0, buffer.position());
            buffer.clear();
          }
          received.add(bytes.toByteArray());
        } catch (SocketException reset) {
          // The client has gone.
        }
      }
    } catch (IOException closed) {
      // The test is over.
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
  }
}
