package io.tfo.lab;

import com.sun.jna.Native;
import java.nio.ByteBuffer;

/**
 * The C functions of the lab, in C spelling. Only numbers, byte arrays and direct buffers cross the
 * border; functions with a {@code long} or a {@code size_t} are there for 64 and for 32 bits.
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

  /** Whether {@code long}, {@code size_t} and addresses have 64 bits. */
  static final boolean LP64 = Native.POINTER_SIZE == Long.BYTES;

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

  static native int if_nametoindex(byte[] name);

  static native int eventfd(int value, int flags);

  /** The value has 64 bits everywhere. */
  static native int eventfd_write(int fd, long value);

  static int ioctl(int fd, int request, byte[] argument) {
    return LP64 ? ioctl(fd, (long) request, argument) : Ilp32.ioctl(fd, request, argument);
  }

  private static native int ioctl(int fd, long request, byte[] argument);

  static long send(int fd, byte[] data, int length, int flags) {
    return LP64 ? send(fd, data, (long) length, flags) : Ilp32.send(fd, data, length, flags);
  }

  private static native long send(int fd, byte[] data, long length, int flags);

  static long sendto(
      int fd, byte[] data, int length, int flags, byte[] address, int addressLength) {
    return LP64
        ? sendto(fd, data, (long) length, flags, address, addressLength)
        : Ilp32.sendto(fd, data, length, flags, address, addressLength);
  }

  private static native long sendto(
      int fd, byte[] data, long length, int flags, byte[] address, int addressLength);

  static long recv(int fd, byte[] data, int length, int flags) {
    return LP64 ? recv(fd, data, (long) length, flags) : Ilp32.recv(fd, data, length, flags);
  }

  private static native long recv(int fd, byte[] data, long length, int flags);

  /** At an address of the kernel's choice, from the beginning; -1 on failure. */
  static long mmap(int length, int protection, int flags, int fd) {
    if (LP64) {
      return mmap(0, (long) length, protection, flags, fd, 0);
    }
    int address = Ilp32.mmap(0, length, protection, flags, fd, 0);
    return address == -1 ? -1 : Integer.toUnsignedLong(address);
  }

  private static native long mmap(
      long address, long length, int protection, int flags, int fd, long at);

  static int munmap(long address, int length) {
    return LP64 ? munmap(address, (long) length) : Ilp32.munmap((int) address, length);
  }

  private static native int munmap(long address, long length);

  /** The time is a {@code struct timespec}: two {@code long}s. */
  static int ppoll(ByteBuffer descriptors, int count, ByteBuffer timeout) {
    return LP64
        ? ppoll(descriptors, (long) count, timeout, 0)
        : Ilp32.ppoll(descriptors, count, timeout, 0);
  }

  private static native int ppoll(
      ByteBuffer descriptors, long count, ByteBuffer timeout, long mask);

  static int prctl(int option, int value) {
    return LP64 ? prctl(option, value, 0, 0, 0) : Ilp32.prctl(option, value, 0, 0, 0);
  }

  private static native int prctl(int option, long value, long unused3, long unused4, long unused5);

  /** Where a direct buffer begins. */
  static long addressOf(ByteBuffer direct) {
    return LP64
        ? memmove(direct, direct, 0)
        : Integer.toUnsignedLong(Ilp32.memmove(direct, direct, 0));
  }

  private static native long memmove(ByteBuffer target, ByteBuffer source, long length);

  /** The same for 32 bits. */
  private static final class Ilp32 {
    static {
      Native.register(Ilp32.class, "c");
    }

    static native int ioctl(int fd, int request, byte[] argument);

    static native int send(int fd, byte[] data, int length, int flags);

    static native int sendto(
        int fd, byte[] data, int length, int flags, byte[] address, int addressLength);

    static native int recv(int fd, byte[] data, int length, int flags);

    static native int mmap(int address, int length, int protection, int flags, int fd, int at);

    static native int munmap(int address, int length);

    static native int ppoll(ByteBuffer descriptors, int count, ByteBuffer timeout, int mask);

    static native int prctl(int option, int value, int unused3, int unused4, int unused5);

    static native int memmove(ByteBuffer target, ByteBuffer source, int length);
  }
}
