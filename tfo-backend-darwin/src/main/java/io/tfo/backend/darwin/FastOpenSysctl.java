package io.tfo.backend.darwin;

import io.tfo.FastOpenCapability;
import io.tfo.jna.bsd.BsdErrno;
import io.tfo.jna.bsd.IntSysctl;
import java.util.Locale;

/** {@code net.inet.tcp.fastopen}, macOS 10.11; 3 unless set otherwise. */
final class FastOpenSysctl {
  /** {@code netinet/tcp_var.h}. Linux' sysctl has the two bits swapped. */
  private static final int TCP_FASTOPEN_SERVER = 1;

  private static final int TCP_FASTOPEN_CLIENT = 2;

  private final IntSysctl sysctl;

  FastOpenSysctl(IntSysctl.Call call) {
    sysctl = new IntSysctl("net.inet.tcp.fastopen", call);
  }

  boolean isClientOn() {
    int value = sysctl.read();
    return value >= 0 && (value & TCP_FASTOPEN_CLIENT) != 0;
  }

  FastOpenCapability client() {
    return capability(TCP_FASTOPEN_CLIENT);
  }

  FastOpenCapability server() {
    return capability(TCP_FASTOPEN_SERVER);
  }

  private FastOpenCapability capability(int bit) {
    int value = sysctl.read();
    if (BsdErrno.ENOENT.is(value)) {
      return FastOpenCapability.unsupported(
          "this kernel has no " + sysctl, "use macOS 10.11 or later");
    }
    if (value < 0) {
      return FastOpenCapability.disabled(
          String.format(
              Locale.ROOT, "%s cannot be read: %s", sysctl, BsdErrno.failed("sysctlbyname", value)),
          "let this user read " + sysctl);
    }
    String detail = String.format(Locale.ROOT, "%s=%d: %s", sysctl, value, sides(value));
    return (value & bit) != 0
        ? FastOpenCapability.available(detail)
        : FastOpenCapability.disabled(
            detail,
            String.format(
                Locale.ROOT,
                "sysctl %s=%d",
                sysctl,
                value | TCP_FASTOPEN_CLIENT | TCP_FASTOPEN_SERVER));
  }

  private static String sides(int value) {
    return switch (value & (TCP_FASTOPEN_CLIENT | TCP_FASTOPEN_SERVER)) {
      case TCP_FASTOPEN_CLIENT | TCP_FASTOPEN_SERVER -> "client and server";
      case TCP_FASTOPEN_CLIENT -> "client only";
      case TCP_FASTOPEN_SERVER -> "server only";
      default -> "off";
    };
  }
}
