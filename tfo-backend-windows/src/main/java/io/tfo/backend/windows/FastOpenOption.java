package io.tfo.backend.windows;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenOutcome;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;

/** The option TCP_FASTOPEN: a switch for clients and listeners, and Windows' only report on TFO. */
final class FastOpenOption {
  private final WindowsSocketApi sockets;
  private final String version;
  private final ByteBuffer on = dword(1);
  private final ByteBuffer off = dword(0);
  private final ByteBuffer value = dword(0);
  private final ByteBuffer length = dword(Integer.BYTES);

  FastOpenOption(WindowsSocketApi sockets, String version) {
    this.sockets = sockets;
    this.version = version;
  }

  static ByteBuffer dword(int value) {
    return ByteBuffer.allocateDirect(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, value);
  }

  /**
   * Sets the option.
   *
   * @return 0, or the negative error
   */
  int set(int fd, boolean toOn) {
    return sockets.setsockopt(
        fd,
        WindowsSocketApi.IPPROTO_TCP,
        WindowsSocketApi.TCP_FASTOPEN,
        toOn ? on : off,
        Integer.BYTES);
  }

  /** Probes by setting the option on a socket of its own: Windows has no other way to tell. */
  FastOpenCapability capability() {
    int s =
        sockets.socket(
            WindowsSocketApi.AF_INET, WindowsSocketApi.SOCK_STREAM, WindowsSocketApi.IPPROTO_TCP);
    if (s < 0) {
      return FastOpenCapability.disabled(WsaError.describe("socket", s), "close some sockets");
    }
    int result = set(s, true);
    sockets.closesocket(s);
    if (result == 0) {
      return FastOpenCapability.available(
          version
              + " accepts TCP_FASTOPEN; it does not report whether netsh has switched it off: run"
              + " netsh int tcp show global to see");
    }
    if (isMissing(result)) {
      return FastOpenCapability.unsupported(missing(result));
    }
    return FastOpenCapability.disabled(
        WsaError.describe("setsockopt TCP_FASTOPEN", result),
        "netsh int tcp set global fastopen=enabled");
  }

  static boolean isMissing(int result) {
    return WsaError.WSAENOPROTOOPT.is(result);
  }

  String missing(int result) {
    return String.format(
        Locale.ROOT,
        "%s: Windows 10 1607 or later is needed, this is %s",
        WsaError.describe("setsockopt TCP_FASTOPEN", result),
        version);
  }

  /**
   * Reads whether a SYN with data was tried: the socket's option is on then. Windows does not
   * report the outcome of the data.
   */
  synchronized FastOpenOutcome outcome(int fd) {
    value.putInt(0, 0);
    length.putInt(0, Integer.BYTES);
    int result =
        sockets.getsockopt(
            fd, WindowsSocketApi.IPPROTO_TCP, WindowsSocketApi.TCP_FASTOPEN, value, length);
    boolean untried = value.getInt(0) == 0;
    return isMissing(result) || (result == 0 && untried)
        ? FastOpenOutcome.NOT_ATTEMPTED
        : FastOpenOutcome.UNKNOWN;
  }
}
