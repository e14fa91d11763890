package io.tfo.lab;

import com.sun.jna.Native;
import java.io.IOException;
import java.util.Map;

/** A C call that failed. The message names the call, the symbol and the number of its error. */
final class ErrnoException extends IOException {
  private static final long serialVersionUID = 1;

  // asm-generic/errno-base.h, asm-generic/errno.h: the same on every Linux that runs Java, except
  // MIPS and SPARC.
  static final int EPERM = 1;
  static final int ENXIO = 6;
  static final int EAGAIN = 11;
  static final int ENOSPC = 28;
  static final int EUSERS = 87;
  static final int EOPNOTSUPP = 95;
  static final int ENETDOWN = 100;
  static final int ENOBUFS = 105;

  private static final Map<Integer, String> SYMBOLS =
      Map.ofEntries(
          Map.entry(EPERM, "EPERM"),
          Map.entry(2, "ENOENT"),
          Map.entry(4, "EINTR"),
          Map.entry(ENXIO, "ENXIO"),
          Map.entry(9, "EBADF"),
          Map.entry(EAGAIN, "EAGAIN"),
          Map.entry(12, "ENOMEM"),
          Map.entry(13, "EACCES"),
          Map.entry(17, "EEXIST"),
          Map.entry(19, "ENODEV"),
          Map.entry(22, "EINVAL"),
          Map.entry(24, "EMFILE"),
          Map.entry(ENOSPC, "ENOSPC"),
          Map.entry(38, "ENOSYS"),
          Map.entry(EUSERS, "EUSERS"),
          Map.entry(90, "EMSGSIZE"),
          Map.entry(92, "ENOPROTOOPT"),
          Map.entry(EOPNOTSUPP, "EOPNOTSUPP"),
          Map.entry(97, "EAFNOSUPPORT"),
          Map.entry(99, "EADDRNOTAVAIL"),
          Map.entry(ENETDOWN, "ENETDOWN"),
          Map.entry(104, "ECONNRESET"),
          Map.entry(ENOBUFS, "ENOBUFS"),
          Map.entry(111, "ECONNREFUSED"));

  private final int errno;

  ErrnoException(String call, int errno) {
    super(call + ": " + SYMBOLS.getOrDefault(errno, "errno") + " (" + errno + ")");
    this.errno = errno;
  }

  int errno() {
    return errno;
  }

  /**
   * Returns a result that is not negative. The native call must be the argument itself, so that its
   * errno is read.
   */
  static long check(String call, long result) throws ErrnoException {
    int errno = Native.getLastError();
    if (result < 0) {
      throw new ErrnoException(call, errno);
    }
    return result;
  }

  /** As {@link #check(String, long)}, for calls that return an int. */
  static int check(String call, int result) throws ErrnoException {
    return (int) check(call, (long) result);
  }
}
