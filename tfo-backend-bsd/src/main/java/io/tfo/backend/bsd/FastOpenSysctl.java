package io.tfo.backend.bsd;

import io.tfo.FastOpenCapability;
import io.tfo.jna.bsd.BsdErrno;
import io.tfo.jna.bsd.IntSysctl;
import java.util.Locale;

/** One of the two sysctls in {@code netinet/tcp_fastopen.c}: a kernel has both or none. */
final class FastOpenSysctl {
  private final IntSysctl sysctl;

  private FastOpenSysctl(String side, IntSysctl.Call call) {
    sysctl = new IntSysctl("net.inet.tcp.fastopen." + side + "_enable", call);
  }

  /** FreeBSD 12; on unless switched off. */
  static FastOpenSysctl client(IntSysctl.Call call) {
    return new FastOpenSysctl("client", call);
  }

  /** FreeBSD 12; off unless switched on. */
  static FastOpenSysctl server(IntSysctl.Call call) {
    return new FastOpenSysctl("server", call);
  }

  boolean isMissing() {
    return BsdErrno.ENOENT.is(sysctl.read());
  }

  boolean isOn() {
    return sysctl.read() > 0;
  }

  FastOpenCapability capability() {
    int value = sysctl.read();
    if (value < 0) {
      return FastOpenCapability.disabled(
          String.format(
              Locale.ROOT, "%s cannot be read: %s", sysctl, BsdErrno.failed("sysctlbyname", value)),
          "let this user read " + sysctl);
    }
    String detail = String.format(Locale.ROOT, "%s=%d", sysctl, value);
    return value > 0
        ? FastOpenCapability.available(detail)
        : FastOpenCapability.disabled(detail, String.format(Locale.ROOT, "sysctl %s=1", sysctl));
  }

  @Override
  public String toString() {
    return sysctl.toString();
  }
}
