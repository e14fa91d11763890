package io.tfo;

import java.net.InetSocketAddress;
import java.util.function.Predicate;

/**
 * Who connects a factory's sockets, and where the connect may wait for the first write.
 *
 * @param connector sends the SYN with that write
 * @param destinations where it may
 */
record ConnectPolicy(
    FastOpenConnector connector, Predicate<? super InetSocketAddress> destinations) {
  /** Where nothing can be gained, a connect does not wait, and fails where it always did. */
  boolean mayWait(InetSocketAddress remote) {
    return destinations.test(remote)
        && connector.capability().status() == FastOpenCapability.Status.AVAILABLE;
  }
}
