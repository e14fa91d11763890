package io.tfo.lab.simulation.test;

import io.tfo.lab.simulation.Linux;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/** A TCP socket by its descriptor, and what a simulated kernel is given beside it. */
public record RawSocket(int fd) implements AutoCloseable {
  public static RawSocket ipv4() {
    return new RawSocket(Linux.socket(Linux.AF_INET));
  }

  public static RawSocket ipv6() {
    return new RawSocket(Linux.socket(Linux.AF_INET6));
  }

  public static RawSocket listening() {
    RawSocket socket = ipv4();
    Linux.listen(socket.fd());
    return socket;
  }

  public int state() {
    return Linux.state(Linux.tcpInfo(fd));
  }

  public RawSocket nonBlocking() {
    Linux.makeNonBlocking(fd);
    return this;
  }

  @Override
  public void close() {
    Linux.close(fd);
  }

  public static ByteBuffer ints(int value) {
    return memory(Integer.BYTES).putInt(0, value);
  }

  public static ByteBuffer memory(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  public static ByteBuffer data(int size) {
    ByteBuffer data = memory(size);
    for (int i = 0; i < size; i++) {
      data.put(i, (byte) i);
    }
    return data;
  }

  /** {@code sockaddr_in} with a length byte, for 127.0.0.1. */
  public static ByteBuffer address(SocketAddress of) {
    int port = ((InetSocketAddress) of).getPort();
    ByteBuffer address = ByteBuffer.allocateDirect(16);
    address.put(0, (byte) 16).put(1, (byte) 2).putShort(2, (short) port).putInt(4, 0x7f000001);
    return address;
  }

  /** A listener that does not answer: its queue is full. */
  public static final class Silent implements AutoCloseable {
    private final ServerSocketChannel listener = ServerSocketChannel.open();
    private final List<SocketChannel> queued = new ArrayList<>();

    public Silent() throws Exception {
      listener.bind(new InetSocketAddress("127.0.0.1", 0), 1);
      while (true) {
        SocketChannel channel = SocketChannel.open();
        queued.add(channel);
        try {
          channel.socket().connect(listener.getLocalAddress(), 200);
        } catch (SocketTimeoutException full) {
          return;
        }
      }
    }

    public ByteBuffer address() throws Exception {
      return RawSocket.address(listener.getLocalAddress());
    }

    @Override
    public void close() throws IOException {
      for (SocketChannel each : queued) {
        each.close();
      }
      listener.close();
    }
  }
}
