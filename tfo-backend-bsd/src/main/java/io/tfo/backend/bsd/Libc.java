package io.tfo.backend.bsd;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The C library, directly mapped: primitives and direct buffers only. errno is read in the very
 * next statement after each call.
 */
final class Libc implements BsdSocketApi {
  private static final boolean LONG_SIZE_T = Native.SIZE_T_SIZE == Long.BYTES;

  /** The functions; those with a {@code size_t} are declared for 64 and for 32 bits. */
  private static final class C {
    static {
      Native.register(C.class, NativeLibrary.getInstance(null));
    }

    /** Initialises this class, which looks the functions up. */
    static void load() {}

    static native int setsockopt(int fd, int level, int name, ByteBuffer value, int length);

    static native int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length);

    static native long sendto(
        int fd, ByteBuffer data, long size, int flags, ByteBuffer address, int length);

    static native int sendto(
        int fd, ByteBuffer data, int size, int flags, ByteBuffer address, int length);

    static native int sysctlbyname(
        ByteBuffer name,
        ByteBuffer value,
        ByteBuffer length,
        @Nullable ByteBuffer newValue,
        long newLength);

    static native int sysctlbyname(
        ByteBuffer name,
        ByteBuffer value,
        ByteBuffer length,
        @Nullable ByteBuffer newValue,
        int newLength);
  }

  /**
   * Finds the functions.
   *
   * @throws LinkageError if JNA or a function is missing: here, and not in the first connect
   */
  Libc() {
    C.load();
  }

  @Override
  public int setsockopt(int fd, int level, int name, ByteBuffer value, int length) {
    int result = C.setsockopt(fd, level, name, value, length);
    return result < 0 ? -Native.getLastError() : result;
  }

  @Override
  public int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length) {
    int result = C.getsockopt(fd, level, name, value, length);
    return result < 0 ? -Native.getLastError() : result;
  }

  @Override
  public int sendto(
      int fd, ByteBuffer data, int dataLength, int flags, ByteBuffer address, int addressLength) {
    if (LONG_SIZE_T) {
      long taken = C.sendto(fd, data, (long) dataLength, flags, address, addressLength);
      return taken < 0 ? -Native.getLastError() : (int) taken;
    }
    int taken = C.sendto(fd, data, dataLength, flags, address, addressLength);
    return taken < 0 ? -Native.getLastError() : taken;
  }

  @Override
  public int sysctlbyname(ByteBuffer name, ByteBuffer value, ByteBuffer length) {
    int result =
        LONG_SIZE_T
            ? C.sysctlbyname(name, value, length, null, 0L)
            : C.sysctlbyname(name, value, length, null, 0);
    return result < 0 ? -Native.getLastError() : result;
  }
}
