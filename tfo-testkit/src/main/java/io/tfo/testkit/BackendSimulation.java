package io.tfo.testkit;

import io.tfo.spi.FastOpenBackend;
import java.util.ServiceLoader;

/**
 * A backend on a simulated system: a provider among the tests of the backend's module, found by
 * {@link ServiceLoader}. The integration tests run it where the real system is not at hand.
 */
public interface BackendSimulation {
  /**
   * Creates the backend.
   *
   * @return a new one, which knows nothing of any network
   */
  FastOpenBackend create();
}
