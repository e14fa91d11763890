package io.tfo.backend.darwin;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import io.tfo.jna.bsd.BsdErrno;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The C library, directly mapped: primitives and direct buffers only. errno is read in the very
 * next statement after each call. Java on macOS has 64 bits only, so {@code size_t} is a long.
 */
final class Libc implements DarwinSocketApi {
  /** The functions that every macOS has. */
  private static final class C {
    static {
      Native.register(C.class, NativeLibrary.getInstance(null));
    }

    /** Initialises this class, which looks the functions up. */
    static void load() {}

    static native int setsockopt(int fd, int level, int name, ByteBuffer value, int length);

    static native int getsockopt(int fd, int level, int name, ByteBuffer value, ByteBuffer length);

    static native long send(int fd, ByteBuffer data, long length, int flags);

    static native long recv(int fd, ByteBuffer data, long length, int flags);

    static native int sysctlbyname(
        ByteBuffer name,
        ByteBuffer value,
        ByteBuffer length,
        @Nullable ByteBuffer newValue,
        long newLength);
  }

  /** The function that came with macOS 10.11. */
  private static final class X {
    static {
      Native.register(X.class, NativeLibrary.getInstance(null));
    }

    static void load() {}

    static native int connectx(
        int fd,
        @Nullable ByteBuffer endpoints,
        int associd,
        int flags,
        @Nullable ByteBuffer iov,
        int iovcnt,
        @Nullable ByteBuffer len,
        @Nullable ByteBuffer connid);
  }

  private final boolean hasConnectx = findConnectx();

  /**
   * Finds the functions.
   *
   * @throws LinkageError if JNA or a function is missing: here, and not in the first connect
   */
  Libc() {
    C.load();
  }

  private static boolean findConnectx() {
    try {
      X.load();
      return true;
    } catch (LinkageError e) {
      return false;
    }
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
  public int connectx(
      int fd,
      @Nullable ByteBuffer endpoints,
      int associd,
      int flags,
      @Nullable ByteBuffer iov,
      int iovcnt,
      @Nullable ByteBuffer len,
      @Nullable ByteBuffer connid) {
    if (!hasConnectx) {
      return -BsdErrno.ENOSYS.number();
    }
    int result = X.connectx(fd, endpoints, associd, flags, iov, iovcnt, len, connid);
    return result < 0 ? -Native.getLastError() : result;
  }

  @Override
  public int send(int fd, ByteBuffer data, int length, int flags) {
    long taken = C.send(fd, data, length, flags);
    return taken < 0 ? -Native.getLastError() : (int) taken;
  }

  @Override
  public int recv(int fd, ByteBuffer data, int length, int flags) {
    long got = C.recv(fd, data, length, flags);
    return got < 0 ? -Native.getLastError() : (int) got;
  }

  @Override
  public int sysctlbyname(ByteBuffer name, ByteBuffer value, ByteBuffer length) {
    int result = C.sysctlbyname(name, value, length, null, 0);
    return result < 0 ? -Native.getLastError() : result;
  }

  @Override
  public long addressOf(ByteBuffer direct) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(direct));
  }
}
