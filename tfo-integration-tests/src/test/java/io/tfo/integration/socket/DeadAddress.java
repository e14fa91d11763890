package io.tfo.integration.socket;

import io.tfo.lab.Faults;
import io.tfo.lab.Lab;
import io.tfo.lab.Segment;
import java.net.Inet6Address;
import java.net.InetSocketAddress;

/** How the IPv6 address of a {@link FailoverServer} is dead. */
enum DeadAddress {
  /** No server listens at the port. */
  REFUSED {
    @Override
    void begin(Lab lab) {}
  },
  /** The path swallows every segment. */
  SILENT {
    @Override
    void begin(Lab lab) {
      lab.wire().fault(Faults.drop(DeadAddress::isOnPath));
    }
  };

  abstract void begin(Lab lab);

  private static boolean isOnPath(Segment segment) {
    return isDead(segment.destination()) || isDead(segment.source());
  }

  private static boolean isDead(InetSocketAddress address) {
    return address.getAddress() instanceof Inet6Address;
  }
}
