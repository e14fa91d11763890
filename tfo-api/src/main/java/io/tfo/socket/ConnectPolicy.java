package io.tfo.socket;

import io.tfo.FastOpenConnector;
import java.net.InetSocketAddress;
import java.util.function.Predicate;

/**
 * Who connects a factory's sockets, and where the connect may wait for the first write.
 *
 * @param connector sends the SYN with that write
 * @param availability whether anything can be gained
 * @param destinations where it may
 */
record ConnectPolicy(
    FastOpenConnector connector,
    CachedAvailability availability,
    Predicate<? super InetSocketAddress> destinations) {
  ConnectPolicy(FastOpenConnector connector, Predicate<? super InetSocketAddress> destinations) {
    this(connector, new CachedAvailability(connector, System::nanoTime), destinations);
  }

  /** The same where both allow it. */
  ConnectPolicy and(Predicate<? super InetSocketAddress> others) {
    return new ConnectPolicy(
        connector, availability, address -> destinations.test(address) && others.test(address));
  }

  /** Where nothing can be gained, a connect does not wait, and fails where it always did. */
  boolean mayWait(InetSocketAddress remote) {
    return destinations.test(remote) && availability.get();
  }
}
