package io.tfo.backend.darwin;

import io.tfo.FastOpenCapability;
import io.tfo.jna.bsd.IntSysctl;
import java.util.Locale;

/**
 * The kernel's own switch-off, {@code netinet/tcp_cache.c}: two losses or resets make all connects
 * on that network plain for a time, which doubles. A program cannot read on which networks that is
 * so now; {@code TCP_CONNECTION_INFO} tells it only for one connection.
 *
 * @param disable {@code net.inet.tcp.disable_tcp_heuristics}; 0 unless set otherwise
 * @param firstWait {@code net.inet.tcp.ecn_timeout}, in minutes, which is used for TCP Fast Open,
 *     too: 60, and 5 in newer kernels
 */
record Heuristics(IntSysctl disable, IntSysctl firstWait) {
  Heuristics(IntSysctl.Call call) {
    this(
        new IntSysctl("net.inet.tcp.disable_tcp_heuristics", call),
        new IntSysctl("net.inet.tcp.ecn_timeout", call));
  }

  /** Describes the switch-off in the capability of a client side; adds nothing if that is off. */
  FastOpenCapability applyTo(FastOpenCapability client) {
    int disabled = client.status() == FastOpenCapability.Status.AVAILABLE ? disable.read() : -1;
    return disabled < 0
        ? client
        : FastOpenCapability.available(
            String.format(
                Locale.ROOT,
                "%s; %s=%d: %s",
                client.detail(),
                disable,
                disabled,
                disabled == 0 ? danger() : "no loss switches it off"));
  }

  private String danger() {
    int minutes = firstWait.read();
    String connectsPlainly =
        "two connects in a row that are lost or refused on one network make the kernel connect"
            + " plainly there, for every process";
    return minutes <= 0
        ? connectsPlainly
        : String.format(
            Locale.ROOT, "%s, for %d minutes at first (%s)", connectsPlainly, minutes, firstWait);
  }
}
