package io.tfo.testkit;

import io.tfo.FastOpenCapability;
import io.tfo.FastOpenConnector;
import io.tfo.FastOpenListener;
import io.tfo.spi.FastOpenBackend;

/**
 * The backend that a rule is run against.
 *
 * @param backend the backend
 */
public record TestedBackend(FastOpenBackend backend) {
  /** Returns the backend's client side. */
  public FastOpenConnector connector() {
    return backend.connector();
  }

  /** Returns the backend's server side. */
  public FastOpenListener listener() {
    return backend.listener();
  }

  /** Skips a rule that needs TCP Fast Open if the capability is {@code UNSUPPORTED}. */
  static void requireSupported(FastOpenCapability capability) {
    if (capability.status() == FastOpenCapability.Status.UNSUPPORTED) {
      throw new RuleSkipped(capability.toString());
    }
  }
}
