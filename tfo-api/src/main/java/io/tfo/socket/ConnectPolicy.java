package io.tfo.socket;

import io.tfo.FastOpenConnector;
import java.net.InetSocketAddress;
import java.util.function.Predicate;

/**
 * How a factory's sockets are connected, and to which destinations the connect may wait for the
 * first write.
 *
 * @param connector sends the SYN with the data of the first write
 * @param availability whether the connector's TCP Fast Open is available
 * @param destinations accepts the destinations to which a connect may wait
 */
record ConnectPolicy(
    FastOpenConnector connector,
    CachedAvailability availability,
    Predicate<? super InetSocketAddress> destinations) {
  ConnectPolicy(FastOpenConnector connector, Predicate<? super InetSocketAddress> destinations) {
    this(connector, new CachedAvailability(connector, System::nanoTime), destinations);
  }

  /** Returns this policy, with waits only to destinations that {@code others} accepts, too. */
  ConnectPolicy and(Predicate<? super InetSocketAddress> others) {
    return new ConnectPolicy(
        connector, availability, address -> destinations.test(address) && others.test(address));
  }

  /**
   * Whether a connect may wait for the first write. If TCP Fast Open is not available, it does not
   * wait, and so a failure is reported by {@code connect}, as on any socket.
   */
  boolean mayWait(InetSocketAddress remote) {
    return destinations.test(remote) && availability.get();
  }
}
