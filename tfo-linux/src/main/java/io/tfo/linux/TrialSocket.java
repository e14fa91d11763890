package io.tfo.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import io.tfo.jna.SocketAddressLayout;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A non-blocking IPv4 socket for trials of what no file of the kernel tells. It belongs to the
 * network namespace of the thread that opens it. The class is loaded only where it is needed.
 */
final class TrialSocket implements AutoCloseable {
  private static final int AF_INET = 2; // sys/socket.h
  private static final int SOCK_STREAM = 1; // bits/socket_type.h
  private static final int SOCK_NONBLOCK = 0x800;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int ADDRESS_LENGTH = 16; // struct sockaddr_in
  private static final byte[] LOOPBACK = {127, 0, 0, 1};

  private final int fd;

  private static final class C {
    static {
      Native.register(C.class, NativeLibrary.getInstance(null));
    }

    static native int socket(int family, int type, int protocol);

    static native int bind(int fd, ByteBuffer address, int length);

    static native int listen(int fd, int backlog);

    static native int getsockname(int fd, ByteBuffer address, ByteBuffer length);

    static native int close(int fd);
  }

  private TrialSocket(int fd) {
    this.fd = fd;
  }

  static TrialSocket open() throws IOException {
    int fd = C.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) {
      throw new SocketException("socket: errno " + Native.getLastError());
    }
    return new TrialSocket(fd);
  }

  int fd() {
    return fd;
  }

  /** Listens on a port of the loopback interface, which the kernel chooses; returns the address. */
  ByteBuffer listen() throws IOException {
    ByteBuffer address = loopback(0);
    if (C.bind(fd, address, ADDRESS_LENGTH) < 0) {
      throw new SocketException("bind: errno " + Native.getLastError());
    }
    if (C.listen(fd, 1) < 0) {
      throw new SocketException("listen: errno " + Native.getLastError());
    }
    if (C.getsockname(fd, address, LinuxTcp.ints(ADDRESS_LENGTH)) < 0) {
      throw new SocketException("getsockname: errno " + Native.getLastError());
    }
    return address;
  }

  /** Returns a {@code struct sockaddr_in} of the loopback interface. */
  static ByteBuffer loopback(int port) throws IOException {
    ByteBuffer address =
        ByteBuffer.allocateDirect(SocketAddressLayout.MAX_LENGTH).order(ByteOrder.nativeOrder());
    SocketAddressLayout.LINUX.write(
        new InetSocketAddress(InetAddress.getByAddress(LOOPBACK), port), false, address);
    return address;
  }

  @Override
  public void close() {
    C.close(fd);
  }
}
