package io.tfo.backend.darwin;

import io.tfo.FastOpenCapability;
import io.tfo.jna.bsd.BsdErrno;
import io.tfo.jna.bsd.IntSysctl;

/** {@code net.inet.tcp.fastopen}, macOS 10.11; 3 unless set otherwise. */
final class FastOpenSysctl {
  /** {@code netinet/tcp_var.h}. Linux' sysctl has the two bits swapped. */
  private static final int SERVER = 1;

  private static final int CLIENT = 2;

  private final IntSysctl sysctl;

  FastOpenSysctl(IntSysctl.Call call) {
    sysctl = new IntSysctl("net.inet.tcp.fastopen", call);
  }

  FastOpenCapability client() {
    return capability(CLIENT);
  }

  FastOpenCapability server() {
    return capability(SERVER);
  }

  private FastOpenCapability capability(int bit) {
    int value = sysctl.read();
    if (BsdErrno.ENOENT.is(value)) {
      return FastOpenCapability.unsupported(
          "this kernel has no " + sysctl, "use macOS 10.11 or later");
    }
    if (value < 0) {
      return FastOpenCapability.disabled(
          "%s cannot be read: %s".formatted(sysctl, BsdErrno.failed("sysctlbyname", value)),
          "let this user read " + sysctl);
    }
    String detail = "%s=%d: %s".formatted(sysctl, value, sides(value));
    return (value & bit) != 0
        ? FastOpenCapability.available(detail)
        : FastOpenCapability.disabled(
            detail, "sysctl %s=%d".formatted(sysctl, value | CLIENT | SERVER));
  }

  private static String sides(int value) {
    return switch (value & (CLIENT | SERVER)) {
      case CLIENT | SERVER -> "client and server";
      case CLIENT -> "client only";
      case SERVER -> "server only";
      default -> "off";
    };
  }
}
