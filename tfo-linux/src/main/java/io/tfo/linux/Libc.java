package io.tfo.linux;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import io.tfo.jna.BufferAddress;
import io.tfo.jna.IntOption;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The C library, directly mapped: primitives only, and addresses of direct buffers. errno is read
 * in the very next statement after each call. Options of one int are set and read by the JDK, if
 * possible: that is cheaper, after a first call that takes milliseconds.
 */
final class Libc implements LinuxSocketApi {
  /** Whether pointers and {@code size_t} have 64 bits. */
  private static final boolean IS_64 = Native.POINTER_SIZE == Long.BYTES;

  /**
   * How many options of one int are handled without the JDK: more than a process needs that sets no
   * options of its own.
   */
  static final int FEW = 8;

  /** The functions where pointers and {@code size_t} have 64 bits. */
  private static final class C64 {
    static {
      Native.register(C64.class, NativeLibrary.getInstance(null));
    }

    /** Initialises this class, which looks the functions up. */
    static void load() {}

    static native int setsockopt(int fd, int level, int name, long value, int length);

    static native int getsockopt(int fd, int level, int name, long value, long length);

    static native int connect(int fd, long address, int length);

    static native long sendto(int fd, long data, long size, int flags, long address, int length);

    static native long send(int fd, long data, long size, int flags);

    static native long recv(int fd, long data, long size, int flags);

    static native int shutdown(int fd, int how);
  }

  /** The functions where pointers and {@code size_t} have 32 bits. */
  private static final class C32 {
    static {
      Native.register(C32.class, NativeLibrary.getInstance(null));
    }

    static void load() {}

    static native int setsockopt(int fd, int level, int name, int value, int length);

    static native int getsockopt(int fd, int level, int name, int value, int length);

    static native int connect(int fd, int address, int length);

    static native int sendto(int fd, int data, int size, int flags, int address, int length);

    static native int send(int fd, int data, int size, int flags);

    static native int recv(int fd, int data, int size, int flags);

    static native int shutdown(int fd, int how);
  }

  /**
   * Whether the last option of an int could not be set: the next call then avoids the JDK's
   * exception.
   */
  private volatile boolean intFails;

  /**
   * How many were handled without the JDK; a count that is lost between threads does not matter.
   */
  private int withoutJdk;

  /**
   * Finds the functions.
   *
   * @throws LinkageError if JNA or a function is missing: here, and not in the first connect
   */
  Libc() {
    if (IS_64) {
      C64.load();
    } else {
      C32.load();
    }
  }

  @Override
  public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
    if (length == Integer.BYTES
        && !intFails
        && isForJdk()
        && IntOption.set(fd, level, name, nativeInt(value))) {
      return 0;
    }
    int result = setsockoptByJna(fd, level, name, value, length);
    intFails = length == Integer.BYTES && result < 0;
    return result;
  }

  private boolean isForJdk() {
    if (withoutJdk < FEW) {
      withoutJdk++;
      return false;
    }
    return true;
  }

  private static int nativeInt(ByteBuffer value) {
    return nativeInt(value, value.getInt(0));
  }

  /** Converts an int between the buffer's byte order and the native one. */
  private static int nativeInt(ByteBuffer buffer, int value) {
    return buffer.order() == ByteOrder.nativeOrder() ? value : Integer.reverseBytes(value);
  }

  private static int setsockoptByJna(int fd, int level, int name, ByteBuffer value, int length) {
    long v = BufferAddress.of(value);
    try {
      int result =
          IS_64
              ? C64.setsockopt(fd, level, name, v, length)
              : C32.setsockopt(fd, level, name, (int) v, length);
      return result < 0 ? -Native.getLastError() : result;
    } finally {
      Reference.reachabilityFence(value);
    }
  }

  @Override
  public int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
    if (nativeInt(length) == Integer.BYTES && isForJdk()) {
      long read = IntOption.get(fd, level, name);
      if (read != IntOption.NONE) {
        value.putInt(0, nativeInt(value, (int) read));
        return 0;
      }
    }
    return getsockoptByJna(fd, level, name, value, length);
  }

  private static int getsockoptByJna(
      int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
    long v = BufferAddress.of(value);
    long l = BufferAddress.of(length);
    try {
      int result =
          IS_64
              ? C64.getsockopt(fd, level, name, v, l)
              : C32.getsockopt(fd, level, name, (int) v, (int) l);
      return result < 0 ? -Native.getLastError() : result;
    } finally {
      Reference.reachabilityFence(value);
      Reference.reachabilityFence(length);
    }
  }

  @Override
  public int connect(int fd, ByteBuffer address, int length) {
    long a = BufferAddress.of(address);
    try {
      int result = IS_64 ? C64.connect(fd, a, length) : C32.connect(fd, (int) a, length);
      return result < 0 ? -Native.getLastError() : result;
    } finally {
      Reference.reachabilityFence(address);
    }
  }

  @Override
  public int sendto(
      int fd, ByteBuffer data, int dataLength, int flags, ByteBuffer address, int addressLength) {
    long d = BufferAddress.of(data);
    long a = BufferAddress.of(address);
    try {
      long taken =
          IS_64
              ? C64.sendto(fd, d, dataLength, flags, a, addressLength)
              : C32.sendto(fd, (int) d, dataLength, flags, (int) a, addressLength);
      return taken < 0 ? -Native.getLastError() : (int) taken;
    } finally {
      Reference.reachabilityFence(data);
      Reference.reachabilityFence(address);
    }
  }

  @Override
  public int send(int fd, ByteBuffer data, int length, int flags) {
    long d = BufferAddress.of(data);
    try {
      long taken = IS_64 ? C64.send(fd, d, length, flags) : C32.send(fd, (int) d, length, flags);
      return taken < 0 ? -Native.getLastError() : (int) taken;
    } finally {
      Reference.reachabilityFence(data);
    }
  }

  @Override
  public int recv(int fd, int length, int flags) {
    long taken = IS_64 ? C64.recv(fd, 0, length, flags) : C32.recv(fd, 0, length, flags);
    return taken < 0 ? -Native.getLastError() : (int) taken;
  }

  @Override
  public int shutdown(int fd, int how) {
    int result = IS_64 ? C64.shutdown(fd, how) : C32.shutdown(fd, how);
    return result < 0 ? -Native.getLastError() : result;
  }
}
