package io.tfo.lab.simulation;

import com.sun.jna.Native;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What a simulated kernel stands on: a 64-bit Linux. Calls return a result or the negative errno.
 */
public final class Linux {
  public static final int SYN_SENT = 2; // linux/tcp_states.h
  public static final int CLOSE = 7;
  public static final int LISTEN = 10;
  public static final int AF_INET = 2; // bits/socket.h
  public static final int AF_INET6 = 10;
  public static final int EAGAIN = 11; // asm-generic/errno.h
  public static final int EACCES = 13;
  public static final int EINVAL = 22;
  public static final int EOPNOTSUPP = 95;
  public static final int EADDRINUSE = 98;
  public static final int EADDRNOTAVAIL = 99;
  public static final int ENETUNREACH = 101;
  public static final int ECONNRESET = 104;
  public static final int ETIMEDOUT = 110;
  public static final int ECONNREFUSED = 111;
  public static final int EHOSTUNREACH = 113;
  public static final int EINPROGRESS = 115;
  public static final int OPTION_SYN_DATA = 0x20; // linux/tcp.h: TCPI_OPT_SYN_DATA
  public static final int POLLOUT = 4; // poll.h
  public static final int POLLERR = 8;
  public static final int POLLHUP = 0x10;

  private static final int SOL_SOCKET = 1;
  private static final int SO_ERROR = 4;
  private static final int SO_ACCEPTCONN = 30;
  private static final int SO_DOMAIN = 39;
  private static final int SO_COOKIE = 57;
  private static final int IPPROTO_IP = 0;
  private static final int IP_BIND_ADDRESS_NO_PORT = 24;
  private static final int IPPROTO_TCP = 6;
  private static final int TCP_INFO = 11;
  private static final int TCP_FASTOPEN = 23;
  private static final int TCP_FASTOPEN_NO_COOKIE = 34;
  private static final int MSG_NOW = 0x40 | 0x4000; // MSG_DONTWAIT, MSG_NOSIGNAL
  private static final int MSG_FASTOPEN = 0x20000000;
  private static final int F_GETFL = 3;
  private static final int F_SETFL = 4;
  private static final int O_NONBLOCK = 0x800;
  private static final int O_CLOEXEC = 0x80000;
  private static final int SOCK_STREAM = 1;
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

    static native int bind(int fd, byte[] address, int length);

    static native int listen(int fd, int backlog);

    static native int getsockname(int fd, ByteBuffer address, ByteBuffer length);

    static native int getpeername(int fd, ByteBuffer address, ByteBuffer length);

    static native int connect(int fd, byte[] address, int length);

    static native int setsockopt(int fd, int level, int name, ByteBuffer value, int length);

    static native int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length);

    static native int poll(ByteBuffer descriptors, long count, int millis);

    static native int fcntl(int fd, int command, long argument);

    static native int dup(int fd);

    static native int dup3(int from, int to, int flags);

    static native int close(int fd);

    static native long memcpy(ByteBuffer target, long source, long size);

    static native long memmove(ByteBuffer target, ByteBuffer source, long size);
  }

  private static int result(long result) {
    return result < 0 ? -Native.getLastError() : (int) result;
  }

  public static ByteBuffer memory(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  private static int option(int fd, int level, int name) {
    ByteBuffer value = memory(4);
    C.getsockopt(fd, level, name, value, memory(4).putInt(0, 4));
    return value.getInt(0);
  }

  private static void option(int fd, int level, int name, int value) {
    C.setsockopt(fd, level, name, memory(4).putInt(0, value), 4);
  }

  public static int socket(int domain) {
    return result(C.socket(domain, SOCK_STREAM | O_CLOEXEC, 0));
  }

  public static int bind(int fd, byte[] address) {
    return result(C.bind(fd, address, address.length));
  }

  /** Whether {@code bind} leaves the choice of a port to {@code connect}. */
  public static void choosePortLate(int fd, boolean late) {
    option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, late ? 1 : 0);
  }

  /** Whether it is bound, whoever did that. */
  public static boolean hasLocalPort(int fd) {
    ByteBuffer address = memory(28);
    C.getsockname(fd, address, memory(4).putInt(0, 28));
    return address.getShort(2) != 0;
  }

  public static boolean hasPeer(int fd) {
    return C.getpeername(fd, memory(28), memory(4).putInt(0, 28)) == 0;
  }

  public static boolean isListening(int fd) {
    return option(fd, SOL_SOCKET, SO_ACCEPTCONN) != 0;
  }

  /** Takes the errno that a connect ended with; 0 if there is none. */
  public static int takeError(int fd) {
    return option(fd, SOL_SOCKET, SO_ERROR);
  }

  /** Listens, at a port of the kernel's choice. */
  public static int listen(int fd) {
    return result(C.listen(fd, QUEUE));
  }

  public static void makeNonBlocking(int fd) {
    C.fcntl(fd, F_SETFL, C.fcntl(fd, F_GETFL, 0) | O_NONBLOCK);
  }

  /** Connects with data in the SYN if there is a cookie, and asks for one if not. */
  public static int sendFastOpen(int fd, byte[] data, byte[] address) {
    return result(C.sendto(fd, data, data.length, MSG_FASTOPEN | MSG_NOW, address, address.length));
  }

  /** Lets data go with the SYN without a cookie. */
  public static void needNoCookie(int fd) {
    option(fd, IPPROTO_TCP, TCP_FASTOPEN_NO_COOKIE, 1);
  }

  public static int send(int fd, byte[] data) {
    return result(C.sendto(fd, data, data.length, MSG_NOW, new byte[0], 0));
  }

  public static int recv(int fd, ByteBuffer data, int length, boolean peek) {
    return result(C.recv(fd, data, length, MSG_NOW | (peek ? 2 : 0)));
  }

  /** Begins a plain connect without waiting, whatever the mode of the descriptor. */
  public static int connect(int fd, byte[] address) {
    int flags = C.fcntl(fd, F_GETFL, 0);
    C.fcntl(fd, F_SETFL, flags | O_NONBLOCK);
    int result = result(C.connect(fd, address, address.length));
    C.fcntl(fd, F_SETFL, flags);
    return result;
  }

  public static boolean isNonBlocking(int fd) {
    return (C.fcntl(fd, F_GETFL, 0) & O_NONBLOCK) != 0;
  }

  public static void acceptFastOpen(int fd, boolean on) {
    option(fd, IPPROTO_TCP, TCP_FASTOPEN, on ? QUEUE : 0);
  }

  /** {@code struct tcp_info}, or null if the descriptor is none of a TCP socket. */
  public static @Nullable ByteBuffer tcpInfo(int fd) {
    ByteBuffer info = memory(512);
    return C.getsockopt(fd, IPPROTO_TCP, TCP_INFO, info, memory(4).putInt(0, 512)) < 0
        ? null
        : info;
  }

  public static int state(ByteBuffer info) {
    return info.get(0);
  }

  public static boolean hasOption(ByteBuffer info, int option) {
    return (info.get(5) & option) != 0;
  }

  /** {@code tcpi_fastopen_client_fail}. */
  public static int fastOpenFailure(ByteBuffer info) {
    return (info.get(7) >> 1) & 3;
  }

  public static int domain(int fd) {
    return option(fd, SOL_SOCKET, SO_DOMAIN);
  }

  /** What happened within a time: POLLOUT, POLLERR, POLLHUP; 0 if nothing. */
  public static int poll(int fd, long millis) {
    ByteBuffer descriptor = memory(8).putInt(0, fd).putShort(4, (short) POLLOUT);
    return C.poll(descriptor, 1, (int) millis) > 0 ? descriptor.getShort(6) : 0;
  }

  public static int dup(int fd) {
    return C.dup(fd);
  }

  /** Lets a descriptor be another socket's from now on. */
  public static void replace(int fd, int other) {
    C.dup3(other, fd, O_CLOEXEC);
  }

  public static void close(int fd) {
    C.close(fd);
  }

  /** What no other socket is called, ever; negative if this is no open socket. */
  public static long cookie(int fd) {
    ByteBuffer value = memory(8);
    return C.getsockopt(fd, SOL_SOCKET, SO_COOKIE, value, memory(4).putInt(0, 8)) < 0
        ? -1
        : value.getLong(0);
  }

  /** {@code net.ipv4.tcp_fastopen} of the calling thread's namespace: 1 client, 2 server. */
  public static int fastOpenSysctl() {
    try {
      return Integer.decode(Files.readString(SYSCTL).strip());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads memory, as the kernel reads a pointer. */
  public static ByteBuffer copyIn(long address, int size) {
    ByteBuffer copy = memory(size);
    C.memcpy(copy, address, size);
    return copy;
  }

  /** Where a direct buffer lies. */
  public static long addressOf(ByteBuffer direct) {
    return C.memmove(direct, direct, 0);
  }
}
