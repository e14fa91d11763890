package io.tfo.lab.simulation.test;

import io.tfo.lab.simulation.LinuxCalls;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.ByteBuffer;

/**
 * A TCP socket by its descriptor, and arguments for calls of a simulated kernel.
 *
 * @param fd the descriptor
 */
public record RawSocket(int fd) implements AutoCloseable {
  /** Opens a blocking IPv4 socket. */
  public static RawSocket ipv4() {
    return new RawSocket(LinuxCalls.socket(LinuxCalls.AF_INET));
  }

  /** Opens a blocking IPv6 socket. */
  public static RawSocket ipv6() {
    return new RawSocket(LinuxCalls.socket(LinuxCalls.AF_INET6));
  }

  /** Opens an IPv4 socket that listens. */
  public static RawSocket listening() {
    RawSocket socket = ipv4();
    LinuxCalls.listen(socket.fd());
    return socket;
  }

  /** Returns the state of the connection, such as {@link LinuxCalls#CLOSE}. */
  public int state() {
    return LinuxCalls.state(LinuxCalls.tcpInfo(fd));
  }

  /** Makes the socket non-blocking, and returns it. */
  public RawSocket nonBlocking() {
    LinuxCalls.makeNonBlocking(fd);
    return this;
  }

  @Override
  public void close() {
    LinuxCalls.close(fd);
  }

  /** Returns data: 0, 1, 2 and so on. */
  public static ByteBuffer data(int size) {
    ByteBuffer data = LinuxCalls.memory(size);
    for (int i = 0; i < size; i++) {
      data.put(i, (byte) i);
    }
    return data;
  }

  /** Returns a {@code sockaddr_in} with a length byte, for a port of 127.0.0.1. */
  public static ByteBuffer address(SocketAddress of) {
    int port = ((InetSocketAddress) of).getPort();
    ByteBuffer address = ByteBuffer.allocateDirect(16);
    address.put(0, (byte) 16).put(1, (byte) 2).putShort(2, (short) port).putInt(4, 0x7f000001);
    return address;
  }
}
