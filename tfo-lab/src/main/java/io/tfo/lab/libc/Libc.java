package io.tfo.lab.libc;

import com.sun.jna.Native;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The C functions that the lab and the simulated kernels call, in C spelling. They return what the
 * C function returns; {@link Native#getLastError()} is errno.
 *
 * <p>Arguments are numbers, byte arrays and direct buffers. A function with a {@code long} or a
 * {@code size_t} is bound twice, for 64 and for 32 bits.
 */
public final class Libc {
  public static final int AF_INET = 2; // sys/socket.h
  public static final int AF_INET6 = 10;
  public static final int AF_NETLINK = 16;
  public static final int AF_PACKET = 17;
  public static final int SOCK_STREAM = 1; // bits/socket_type.h
  public static final int SOCK_DGRAM = 2;
  public static final int SOCK_RAW = 3;
  public static final int SOCK_CLOEXEC = 0x80000;
  public static final int MSG_PEEK = 2; // bits/socket.h
  public static final int MSG_DONTWAIT = 0x40;
  public static final int MSG_NOSIGNAL = 0x4000;
  public static final int MSG_FASTOPEN = 0x20000000;
  public static final int SOL_SOCKET = 1; // asm-generic/socket.h
  public static final int IPPROTO_TCP = 6; // netinet/in.h

  /** Whether {@code long}, {@code size_t} and addresses have 64 bits. */
  public static final boolean LP64 = Native.POINTER_SIZE == Long.BYTES;

  private static final int NANOS_PER_SECOND = 1_000_000_000;

  static {
    Native.register(Libc.class, "c");
  }

  private Libc() {}

  /** Returns a direct buffer of zeros, in the byte order of the machine. */
  public static ByteBuffer memory(int bytes) {
    return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
  }

  public static native int unshare(int flags);

  public static native int setns(int fd, int type);

  public static native int open(byte[] path, int flags, int mode);

  public static native int close(int fd);

  public static native int dup(int fd);

  public static native int dup3(int from, int to, int flags);

  /** Variadic in C; on Linux every ABI passes an int in the same way. */
  public static native int fcntl(int fd, int command, int argument);

  public static native int socket(int domain, int type, int protocol);

  public static native int bind(int fd, byte[] address, int length);

  public static native int listen(int fd, int backlog);

  /** Accepts without the address of the peer. */
  public static int accept(int fd, int flags) {
    return accept4(fd, null, null, flags);
  }

  private static native int accept4(
      int fd, @Nullable ByteBuffer address, @Nullable ByteBuffer length, int flags);

  public static native int connect(int fd, byte[] address, int length);

  public static native int getsockname(int fd, ByteBuffer address, ByteBuffer length);

  public static native int getpeername(int fd, ByteBuffer address, ByteBuffer length);

  public static native int setsockopt(int fd, int level, int name, byte[] value, int length);

  public static native int getsockopt(
      int fd, int level, int name, ByteBuffer value, ByteBuffer length);

  public static native int if_nametoindex(byte[] name);

  public static native int eventfd(int value, int flags);

  /** The value has 64 bits everywhere. */
  public static native int eventfd_write(int fd, long value);

  public static int ioctl(int fd, int request, byte[] argument) {
    return LP64 ? ioctl(fd, (long) request, argument) : Ilp32.ioctl(fd, request, argument);
  }

  private static native int ioctl(int fd, long request, byte[] argument);

  public static long send(int fd, byte[] data, int length, int flags) {
    return LP64 ? send(fd, data, (long) length, flags) : Ilp32.send(fd, data, length, flags);
  }

  private static native long send(int fd, byte[] data, long length, int flags);

  public static long sendto(
      int fd, byte[] data, int length, int flags, byte[] address, int addressLength) {
    return LP64
        ? sendto(fd, data, (long) length, flags, address, addressLength)
        : Ilp32.sendto(fd, data, length, flags, address, addressLength);
  }

  private static native long sendto(
      int fd, byte[] data, long length, int flags, byte[] address, int addressLength);

  public static long recv(int fd, byte[] data, int length, int flags) {
    return LP64 ? recv(fd, data, (long) length, flags) : Ilp32.recv(fd, data, length, flags);
  }

  private static native long recv(int fd, byte[] data, long length, int flags);

  /** Maps at an address that the kernel chooses, from the beginning of the file; -1 on failure. */
  public static long mmap(int length, int protection, int flags, int fd) {
    if (LP64) {
      return mmap(0, (long) length, protection, flags, fd, 0);
    }
    int address = Ilp32.mmap(0, length, protection, flags, fd, 0);
    return address == -1 ? -1 : Integer.toUnsignedLong(address);
  }

  private static native long mmap(
      long address, long length, int protection, int flags, int fd, long at);

  public static int munmap(long address, int length) {
    return LP64 ? munmap(address, (long) length) : Ilp32.munmap((int) address, length);
  }

  private static native int munmap(long address, long length);

  /** Writes a {@code struct timespec}, two {@code long}s, at the beginning of a buffer. */
  public static ByteBuffer timespec(ByteBuffer target, long nanos) {
    if (LP64) {
      return target.putLong(0, nanos / NANOS_PER_SECOND).putLong(8, nanos % NANOS_PER_SECOND);
    }
    return target
        .putInt(0, (int) (nanos / NANOS_PER_SECOND))
        .putInt(4, (int) (nanos % NANOS_PER_SECOND));
  }

  /** Polls without a signal mask; the timeout is a {@link #timespec}. */
  public static int ppoll(ByteBuffer descriptors, int count, ByteBuffer timeout) {
    return LP64
        ? ppoll(descriptors, (long) count, timeout, 0)
        : Ilp32.ppoll(descriptors, count, timeout, 0);
  }

  private static native int ppoll(
      ByteBuffer descriptors, long count, ByteBuffer timeout, long mask);

  public static int prctl(int option, int value) {
    return LP64 ? prctl(option, value, 0, 0, 0) : Ilp32.prctl(option, value, 0, 0, 0);
  }

  private static native int prctl(int option, long value, long unused3, long unused4, long unused5);

  /** Returns the address at which a direct buffer begins. */
  public static long addressOf(ByteBuffer direct) {
    return LP64
        ? memmove(direct, direct, 0)
        : Integer.toUnsignedLong(Ilp32.memmove(direct, direct, 0));
  }

  private static native long memmove(ByteBuffer target, ByteBuffer source, long length);

  /** Copies from an address to the beginning of a direct buffer. */
  public static void memmove(ByteBuffer target, long source, int length) {
    if (LP64) {
      memmove(target, source, (long) length);
    } else {
      Ilp32.memmove(target, (int) source, length);
    }
  }

  private static native long memmove(ByteBuffer target, long source, long length);

  /** The same functions for 32 bits. */
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

    static native int memmove(ByteBuffer target, int source, int length);
  }
}
