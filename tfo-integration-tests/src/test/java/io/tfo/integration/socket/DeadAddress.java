package io.tfo.integration.socket;

import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.time.Duration;

/** How the IPv6 address of a {@link FailoverServer} is dead. */
enum DeadAddress {
  /** No server listens at the port. */
  REFUSED(Duration.ofSeconds(20)) {
    @Override
    void begin(Lab lab) {}
  },
  /** The path swallows every segment. */
  SILENT(Duration.ofMillis(1200)) {
    @Override
    void begin(Lab lab) {
      lab.wire().fault(Faults.drop(this::swallows));
    }

    @Override
    boolean swallows(Segment segment) {
      return isDead(segment.destination()) || isDead(segment.source());
    }
  };

  private final Duration connectTimeout;

  DeadAddress(Duration connectTimeout) {
    this.connectTimeout = connectTimeout;
  }

  abstract void begin(Lab lab);

  /** Whether a segment on the path to it, or from it, is lost. */
  boolean swallows(Segment segment) {
    return false;
  }

  /**
   * How long a client waits for a connect, and JNDI for the answer to its bind: no longer than a
   * test has to, where a connect does not end by itself.
   */
  Duration connectTimeout() {
    return connectTimeout;
  }

  private static boolean isDead(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address;
  }
}
