package io.tfo.linux;

import io.tfo.FastOpenCapability;
import java.io.IOException;
import java.util.Optional;

/**
 * The kernel's own black hole detection, since Linux 4.12: if SYNs with data are lost on one path,
 * the kernel switches the client side off for every destination for a time. Each further loss
 * doubles the time, six times at most. A time of 0, the default since Linux 5.14, switches the
 * detection off.
 *
 * @param timeout the time after the first loss, in seconds
 */
record BlackHole(IntSetting timeout) {
  private static final String COUNTER = "TCPFastOpenBlackhole";
  private static final int MOST_DOUBLINGS = 6;

  BlackHole() {
    this(IntSetting.of("net.ipv4.tcp_fastopen_blackhole_timeout_sec"));
  }

  /** Tells whether the kernel has switched the client side off at this moment; may throw. */
  @FunctionalInterface
  interface Trial {
    boolean isSwitchedOff() throws IOException;
  }

  /** The time as it is now; at most 0 where the detection is off. */
  int seconds() {
    return timeout.value().orElse(0);
  }

  /**
   * Describes the detection in the capability of the client side; both are on.
   *
   * @param detail the capability's detail
   * @param seconds see {@link #seconds()}
   */
  FastOpenCapability applyTo(String detail, int seconds, Trial trial) {
    Optional<String> remedy = Optional.of(Place.HERE.sysctl(timeout, 0));
    try {
      if (trial.isSwitchedOff()) {
        return new FastOpenCapability(
            FastOpenCapability.Status.DISABLED,
            detail
                + "; the kernel has switched it off for all destinations, because SYNs with data to"
                + " one of them were lost ("
                + COUNTER
                + "): "
                + remaining(seconds)
                + " ("
                + timeout
                + "="
                + seconds
                + ")",
            remedy);
      }
    } catch (IOException e) {
      return new FastOpenCapability(
          FastOpenCapability.Status.AVAILABLE,
          detail + "; " + danger(seconds) + "; it is not known whether it does so now",
          remedy);
    }
    return new FastOpenCapability(
        FastOpenCapability.Status.AVAILABLE, detail + "; " + danger(seconds), remedy);
  }

  private String danger(int seconds) {
    return timeout
        + "="
        + seconds
        + ": if SYNs with data to one destination are lost, the kernel"
        + " connects plainly to all destinations for "
        + seconds
        + " seconds or more";
  }

  /**
   * Returns for how long the client side is off. The counter tells how often that happened, not
   * when.
   */
  private static String remaining(int seconds) {
    long losses = TcpCounter.value(COUNTER).orElse(0);
    if (losses < 1) {
      return "it is not known for how long";
    }
    long most = (long) seconds << Math.min(losses - 1, MOST_DOUBLINGS);
    return "for " + most + " more seconds at most";
  }
}
