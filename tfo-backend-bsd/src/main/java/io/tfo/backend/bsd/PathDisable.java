package io.tfo.backend.bsd;

import io.tfo.FastOpenCapability;
import io.tfo.jna.bsd.IntSysctl;

/**
 * The kernel's own switch-off, FreeBSD 12: a SYN-ACK without the option makes connects on the same
 * path plain for a while. It tells for how long, and tells only root which paths those are.
 *
 * @param time {@code net.inet.tcp.fastopen.path_disable_time}, in seconds; 900 unless set otherwise
 */
record PathDisable(IntSysctl time) {
  PathDisable(IntSysctl.Call call) {
    this(new IntSysctl("net.inet.tcp.fastopen.path_disable_time", call));
  }

  /** Adds what there is to say to the capability of a client side; nothing if it is off. */
  FastOpenCapability applyTo(FastOpenCapability client) {
    int seconds = client.status() == FastOpenCapability.Status.AVAILABLE ? time.read() : 0;
    return seconds <= 0
        ? client
        : FastOpenCapability.available(
            ("%s; %s=%d: a SYN-ACK without the option, such as after a SYN with data was lost,"
                    + " makes connects to that address and port plain for %d seconds")
                .formatted(client.detail(), time, seconds, seconds));
  }
}
