package io.tfo.testkit.lab;

import com.sun.jna.Native;
import java.nio.ByteBuffer;

/**
 * The C functions of the lab, in C spelling, for 64-bit Linux. Only numbers, byte arrays and direct
 * buffers cross the border.
 */
final class Libc {
  static final int AF_INET = 2; // sys/socket.h
  static final int AF_INET6 = 10;
  static final int AF_NETLINK = 16;
  static final int AF_PACKET = 17;
  static final int SOCK_DGRAM = 2;
  static final int SOCK_RAW = 3;
  static final int SOCK_CLOEXEC = 0x80000; // bits/socket_type.h, O_CLOEXEC
  static final int MSG_DONTWAIT = 0x40;

  static {
    Native.register(Libc.class, "c");
  }

  private Libc() {}

  static native int unshare(int flags);

  static native int setns(int fd, int type);

  static native int open(byte[] path, int flags, int mode);

  static native int close(int fd);

  static native int socket(int domain, int type, int protocol);

  static native int bind(int fd, byte[] address, int length);

  static native int setsockopt(int fd, int level, int name, byte[] value, int length);

  static native int ioctl(int fd, long request, byte[] argument);

  static native long send(int fd, byte[] data, long length, int flags);

  static native long sendto(
      int fd, byte[] data, long length, int flags, byte[] address, int addressLength);

  static native long recv(int fd, byte[] data, long length, int flags);

  static native long write(int fd, byte[] data, long length);

  static native int if_nametoindex(byte[] name);

  static native long mmap(long address, long length, int protection, int flags, int fd, long at);

  static native int munmap(long address, long length);

  static native int ppoll(ByteBuffer descriptors, long count, ByteBuffer timeout, long mask);

  static native int eventfd(int value, int flags);

  static native int prctl(int option, long value, long unused3, long unused4, long unused5);

  /** With length 0: the address of a direct buffer. */
  static native long memmove(ByteBuffer target, ByteBuffer source, long length);
}
