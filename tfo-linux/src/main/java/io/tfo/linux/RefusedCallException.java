package io.tfo.linux;

import io.tfo.FastOpenCapability;
import java.io.IOException;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Thrown if a call that a backend makes does not exist in this kernel, or if a filter such as
 * seccomp forbids it.
 */
public final class RefusedCallException extends IOException {
  private static final long serialVersionUID = 1L;

  /** The errors that filters return. */
  private static final Map<Integer, String> FILTERED =
      Map.of(
          LinuxSocketApi.EPERM, "EPERM",
          LinuxSocketApi.EACCES, "EACCES",
          LinuxSocketApi.ENOSYS, "ENOSYS");

  /** The errors of a kernel without the call; {@code asm-generic/errno-base.h}. */
  private static final Map<Integer, String> MISSING =
      Map.of(22, "EINVAL", 32, "EPIPE", LinuxSocketApi.ENOPROTOOPT, "ENOPROTOOPT");

  private final String remedy;

  private RefusedCallException(String message, String remedy) {
    super(message);
    this.remedy = remedy;
  }

  /**
   * Checks the result of a call.
   *
   * @param call the call, such as {@code setsockopt TCP_FASTOPEN_CONNECT}
   * @param result what it returned: at least 0, or the negative errno
   * @param since the first release of Linux that has it; null if all have it
   * @throws RefusedCallException if the kernel does not have it or a filter forbids it; not for
   *     another error, since settings and resources change
   */
  public static void check(String call, int result, @Nullable String since)
      throws RefusedCallException {
    String filtered = FILTERED.get(-result);
    if (filtered != null) {
      throw new RefusedCallException(
          call + ": " + filtered + " (" + -result + "): a filter such as seccomp forbids this call",
          "let the sandbox of this process (its seccomp profile) allow " + call);
    }
    String missing = MISSING.get(-result);
    if (missing != null && since != null) {
      throw new RefusedCallException(
          call + ": " + missing + " (" + -result + "): Linux before " + since,
          "use Linux " + since + " or later");
    }
  }

  /** Returns the capability of the side that makes this call. */
  FastOpenCapability capability() {
    return FastOpenCapability.unsupported(String.valueOf(getMessage()), remedy);
  }
}
