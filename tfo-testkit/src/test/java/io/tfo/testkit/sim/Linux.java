package io.tfo.testkit.sim;

import com.sun.jna.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What a simulated kernel stands on: a 64-bit Linux. Calls return a result or the negative errno.
 */
final class Linux {
  static final int SYN_SENT = 2; // linux/tcp_states.h
  static final int CLOSE = 7;
  static final int LISTEN = 10;
  static final int AF_INET = 2; // bits/socket.h
  static final int AF_INET6 = 10;
  static final int EAGAIN = 11; // asm-generic/errno.h
  static final int EINPROGRESS = 115;
  static final int OPTION_SYN_DATA = 0x20; // linux/tcp.h: TCPI_OPT_SYN_DATA
  static final int POLLOUT = 4; // poll.h
  static final int POLLERR = 8;
  static final int POLLHUP = 0x10;

  private static final int SOL_SOCKET = 1;
  private static final int SO_DOMAIN = 39;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_INFO = 11;
  private static final int TCP_FASTOPEN = 23;
  private static final int TCP_FASTOPEN_NO_COOKIE = 34;
  private static final int MSG_NOW = 0x40 | 0x4000; // MSG_DONTWAIT, MSG_NOSIGNAL
  private static final int MSG_FASTOPEN = 0x20000000;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;
  private static final int SOCK_STREAM_CLOEXEC = 1 | 0x80000;
  private static final int QUEUE = 100;
  private static final Path SYSCTL = Path.of("/proc/sys/net/ipv4/tcp_fastopen");

  private Linux() {}

  private static final class C {
    static {
      Native.register(C.class, "c");
    }

    static native long sendto(
        int fd, byte[] data, long size, int flags, byte[] address, int length);

    static native long recv(int fd, ByteBuffer data, long size, int flags);

    static native int socket(int domain, int type, int protocol);

    static native int listen(int fd, int backlog);

    static native int connect(int fd, byte[] address, int length);

    static native int setsockopt(int fd, int level, int name, ByteBuffer value, int length);

    static native int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length);

    static native int poll(ByteBuffer descriptors, long count, int millis);

    static native int fcntl(int fd, int command, long argument);

    static native int dup(int fd);

    static native int close(int fd);

    static native long memcpy(ByteBuffer target, long source, long size);

    static native long memmove(ByteBuffer target, ByteBuffer source, long size);
  }

  private static int result(long result) {
    return result < 0 ? -Native.getLastError() : (int) result;
  }

  private static ByteBuffer memory(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  static int socket(int domain) {
    return result(C.socket(domain, SOCK_STREAM_CLOEXEC, 0));
  }

  /** Listens, at a port of the kernel's choice. */
  static int listen(int fd) {
    return result(C.listen(fd, QUEUE));
  }

  static void makeNonBlocking(int fd) {
    C.fcntl(fd, F_SETFL, C.fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
  }

  /** Connects with data in the SYN if there is a cookie, and asks for one if not. */
  static int sendFastOpen(int fd, byte[] data, byte[] address) {
    return result(C.sendto(fd, data, data.length, MSG_FASTOPEN | MSG_NOW, address, address.length));
  }

  /** Lets data go with the SYN without a cookie. */
  static void needNoCookie(int fd) {
    C.setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, memory(4).putInt(0, 1), 4);
  }

  static int send(int fd, byte[] data) {
    return result(C.sendto(fd, data, data.length, MSG_NOW, new byte[0], 0));
  }

  static int recv(int fd, ByteBuffer data, int length, boolean peek) {
    return result(C.recv(fd, data, length, MSG_NOW | (peek ? 2 : 0)));
  }

  /** Begins a plain connect without waiting, whatever the mode of the descriptor. */
  static int connect(int fd, byte[] address) {
    int flags = C.fcntl(fd, F_GETFL, 0);
    C.fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    int result = result(C.connect(fd, address, address.length));
    C.fcntl(fd, F_SETFL, flags);
    return result;
  }

  static boolean isNonBlocking(int fd) {
    return (C.fcntl(fd, F_GETFL, 0) & O_NONBLOCK) != 0;
  }

  static void acceptFastOpen(int fd, boolean on) {
    C.setsockopt(fd, IPPROTO_TCP, TCP_FASTOPEN, memory(4).putInt(0, on ? QUEUE : 0), 4);
  }

  /** {@code struct tcp_info}, or null if the descriptor is none of a TCP socket. */
  static ByteBuffer tcpInfo(int fd) {
    ByteBuffer info = memory(512);
    return C.getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, memory(4).putInt(0, 512)) < 0
        ? null
        : info;
  }

  static int state(ByteBuffer info) {
    return info.get(0);
  }

  static boolean hasOption(ByteBuffer info, int option) {
    return (info.get(5) & option) != 0;
  }

  /** {@code tcpi_fastopen_client_fail}. */
  static int fastOpenFailure(ByteBuffer info) {
    return (info.get(7) >> 1) & 3;
  }

  static int domain(int fd) {
    ByteBuffer domain = memory(4);
    C.getsockopt(fd, SOL_SOCKET, SO_DOMAIN, domain, memory(4).putInt(0, 4));
    return domain.getInt(0);
  }

  /** What happened within a time: POLLOUT, POLLERR, POLLHUP; 0 if nothing. */
  static int poll(int fd, long millis) {
    ByteBuffer descriptor = memory(8).putInt(0, fd).putShort(4, (short) POLLOUT);
    return C.poll(descriptor, 1, (int) millis) > 0 ? descriptor.getShort(6) : 0;
  }

  static int dup(int fd) {
    return C.dup(fd);
  }

  static void close(int fd) {
    C.close(fd);
  }

  /** Names the socket behind a descriptor: another one if the number was used again. */
  static String identity(int fd) {
    try {
      return Files.readSymbolicLink(Path.of("/proc/self/fd", Integer.toString(fd))).toString();
    } catch (IOException e) {
      return "closed";
    }
  }

  /** {@code net.ipv4.tcp_fastopen} of the calling thread's namespace: 1 client, 2 server. */
  static int fastOpenSysctl() {
    try {
      return Integer.decode(Files.readString(SYSCTL).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads memory, as the kernel reads a pointer. */
  static ByteBuffer copyIn(long address, int size) {
    ByteBuffer copy = memory(size);
    C.memcpy(copy, address, size);
    return copy;
  }

  /** Where a direct buffer lies. */
  static long addressOf(ByteBuffer direct) {
    return C.memmove(direct, direct, 0);
  }
}
