package io.tfo.backend.bsd;

import io.tfo.FastOpenCapability;
import io.tfo.jna.bsd.IntSysctl;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/**
 * The kernel's own switch-off, FreeBSD 12: a SYN-ACK without the option makes connects on the same
 * path plain for a time. The kernel reports this time, but only root can read which paths are
 * disabled. A connect can find out about its own path: the option is off once the SYN is sent.
 */
final class PathDisable {
  /** {@code net.inet.tcp.fastopen.path_disable_time}, in seconds; 900 unless set otherwise. */
  private final IntSysctl time;

  private final LongAdder found = new LongAdder();

  /** The descriptors whose last SYN should have had data, and was plain. */
  private final Set<Integer> plain = ConcurrentHashMap.newKeySet();

  PathDisable(IntSysctl.Call call) {
    time = new IntSysctl("net.inet.tcp.fastopen.path_disable_time", call);
  }

  /** A SYN was sent: plainly, if its path is disabled. */
  void sent(int fd, boolean isDisabled) {
    if (isDisabled) {
      found.increment();
      plain.add(fd);
    } else {
      plain.remove(fd);
    }
  }

  /**
   * Whether the SYN of a connection was plain because its path is disabled. If a descriptor was
   * closed and is used again for a connect of other code, the answer is still right: that connect
   * is plain.
   */
  boolean isPlain(int fd) {
    return plain.contains(fd);
  }

  /** Describes the switch-off in the capability of a client side; adds nothing if that is off. */
  FastOpenCapability applyTo(FastOpenCapability client) {
    int seconds = client.status() == FastOpenCapability.Status.AVAILABLE ? time.read() : 0;
    return seconds <= 0
        ? client
        : FastOpenCapability.available(
            String.format(
                Locale.ROOT,
                "%s; %s=%d: a SYN-ACK without the option, which Linux servers send where they accept"
                    + " data, makes connects to that address and port plain for %d seconds%s",
                client.detail(),
                time,
                seconds,
                seconds,
                experience()));
  }

  private String experience() {
    long connects = found.sum();
    return connects == 0
        ? ""
        : String.format(
            Locale.ROOT, "; %d of this process's connects were plain because of that", connects);
  }
}
