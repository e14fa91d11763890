package io.tfo.testkit.sim.windows;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The system calls that carry Winsock out; each returns its result or the negative errno. */
final class Linux {
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_STREAM = 1;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int SOCK_NONBLOCK = 0x800;
  static final int IPPROTO_IP = 0;
  static final int IPPROTO_TCP = 6;
  static final int SOL_SOCKET = 1;
  static final int SO_ERROR = 4;
  static final int SO_ACCEPTCONN = 30;
  static final int SO_DOMAIN = 39;
  static final int SO_COOKIE = 57;
  static final int IP_BIND_ADDRESS_NO_PORT = 24;
  static final int TCP_FASTOPEN = 23;
  static final int MSG_DONTWAIT = 0x40;
  static final int MSG_NOSIGNAL = 0x4000;
  static final int MSG_FASTOPEN = 0x20000000;
  static final int POLLOUT = 4;
  static final int F_GETFL = 3;
  static final int F_SETFL = 4;
  static final int O_NONBLOCK = 0x800;

  static final int EAGAIN = 11;
  static final int EACCES = 13;
  static final int EINVAL = 22;
  static final int EOPNOTSUPP = 95;
  static final int EADDRINUSE = 98;
  static final int EADDRNOTAVAIL = 99;
  static final int ENETUNREACH = 101;
  static final int ECONNRESET = 104;
  static final int ENOTCONN = 107;
  static final int ETIMEDOUT = 110;
  static final int ECONNREFUSED = 111;
  static final int EHOSTUNREACH = 113;
  static final int EINPROGRESS = 115;

  static {
    Native.register(Linux.class, NativeLibrary.getInstance(null));
  }

  private Linux() {}

  static native int socket(int family, int type, int protocol);

  static native int close(int fd);

  static native int dup(int fd);

  static native int dup3(int from, int to, int flags);

  static native int bind(int fd, ByteBuffer address, int length);

  static native int connect(int fd, ByteBuffer address, int length);

  static native int getsockname(int fd, ByteBuffer address, ByteBuffer length);

  static native int getpeername(int fd, ByteBuffer address, ByteBuffer length);

  static native int setsockopt(int fd, int level, int name, ByteBuffer value, int length);

  static native int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length);

  static native long sendto(
      int fd, ByteBuffer data, long size, int flags, ByteBuffer address, int length);

  static native long send(int fd, ByteBuffer data, long size, int flags);

  static native int poll(ByteBuffer fds, long count, int timeout);

  static native int fcntl(int fd, int command, long argument);

  static ByteBuffer memory(int size) {
    return ByteBuffer.allocateDirect(size).order(ByteOrder.nativeOrder());
  }

  /** The result of a call that has just returned: itself, or the negative errno. */
  static int checked(long result, int lastError) {
    return result < 0 ? -lastError : (int) result;
  }

  /** What no other socket of this machine is called; negative if this is no open socket. */
  static long cookie(int fd) {
    ByteBuffer value = memory(8);
    int result = getsockopt(fd, SOL_SOCKET, SO_COOKIE, value, memory(4).putInt(0, 8));
    return result < 0 ? -1 : value.getLong(0);
  }

  static int option(int fd, int level, int name) {
    ByteBuffer value = memory(4);
    getsockopt(fd, level, name, value, memory(4).putInt(0, 4));
    return value.getInt(0);
  }

  static void option(int fd, int level, int name, int value) {
    setsockopt(fd, level, name, memory(4).putInt(0, value), 4);
  }

  /** Whether it is bound, whoever did that. */
  static boolean hasLocalPort(int fd) {
    ByteBuffer address = memory(28);
    getsockname(fd, address, memory(4).putInt(0, 28));
    return address.getShort(2) != 0;
  }

  static boolean hasPeer(int fd) {
    return getpeername(fd, memory(28), memory(4).putInt(0, 28)) == 0;
  }

  static boolean isWritable(int fd) {
    ByteBuffer pollfd = memory(8).putInt(0, fd).putShort(4, (short) POLLOUT);
    return poll(pollfd, 1, 0) > 0;
  }
}
